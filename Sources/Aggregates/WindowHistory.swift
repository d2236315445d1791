package import HeadroomABI

/// The last windows in the shared table: which tick it is, and what of a slot goes where.
///
/// A window lies at its tick modulo the length in every slot, so that a column of the table is
/// one moment of the node. A value; the writer is the table's.
package struct WindowHistory: Sendable {
    package static let length = Int(HR_TABLE_HISTORY)

    /// Ticks that closed windows so far.
    package var tick: UInt64 = 0
    private var horizon = 0
    private var quantile: Int?

    package init() {}

    /// Keeps of the forecasts that of the longest horizon and of the quantile nearest 0.95.
    package mutating func choose(horizons: Int, quantiles: [Double]) {
        horizon = max(0, min(horizons, ForecastCells.horizons) - 1)
        quantile = Self.nearest(to: 0.95, of: quantiles)
    }

    /// Index of the quantile nearest to `wanted` of those that the table has room for; nil
    /// without any.
    package static func nearest(to wanted: Double, of quantiles: [Double]) -> Int? {
        let held = quantiles.prefix(ForecastCells.quantiles)
        return held.indices.min { (held[$0] - wanted).magnitude < (held[$1] - wanted).magnitude }
    }

    /// The figures of a slot's newest window. Complexity: O(1).
    package func figures(of slot: UnsafePointer<hr_table_slot>) -> Figures {
        var figures = unsafe Figures(slot.pointee.window, slot.pointee.detail)
        figures[.forecastCPU] = unsafe forecast(.cpu, of: slot)
        figures[.forecastMemory] = unsafe forecast(.memory, of: slot)
        return figures
    }

    private func forecast(_ resource: Resource, of slot: UnsafePointer<hr_table_slot>) -> Float {
        guard let quantile else { return .nan }
        let cells = unsafe Self.field(\.forecast, of: slot, as: Double.self)
        return Float(unsafe cells[ForecastCells.place(resource, horizon, quantile)])
    }

    /// Adds the window that the slot shows. Ticks without a window of it are unknown.
    func append(to slot: UnsafeMutablePointer<hr_table_slot>, _ hasForecasts: Bool) {
        var figures = unsafe figures(of: slot)
        if !hasForecasts {
            figures[.forecastCPU] = .nan
            figures[.forecastMemory] = .nan
        }
        if unsafe slot.pointee.history_tick == 0 { unsafe slot.pointee.history_first = tick }
        let last = unsafe slot.pointee.history_tick == 0 ? tick - 1 : slot.pointee.history_tick
        let firstMissed = max(last + 1, tick > UInt64(Self.length) ? tick - UInt64(Self.length) : 0)
        let cells = unsafe UnsafeMutablePointer(
            mutating: Self.field(\.history, of: UnsafePointer(slot), as: UInt16.self))
        for figure in Figure.allCases {
            let row = Int(figure.rawValue) * Self.length
            for missed in firstMissed..<max(firstMissed, tick) {
                unsafe cells[row + Self.place(missed)] = HistoryCode.unknown
            }
            unsafe cells[row + Self.place(tick)] = HistoryCode.encode(figures[figure])
        }
        unsafe slot.pointee.history_tick = tick
    }

    private static func field<Field, Element>(
        _ field: KeyPath<hr_table_slot, Field>, of slot: UnsafePointer<hr_table_slot>,
        as: Element.Type
    ) -> UnsafePointer<Element> {
        let offset = MemoryLayout<hr_table_slot>.offset(of: field)!
        return unsafe (UnsafeRawPointer(slot) + offset).assumingMemoryBound(to: Element.self)
    }

    func publish(endingAt end: UInt64, in header: inout hr_table_header) {
        header.history_tick = tick
        unsafe withUnsafeMutableBytes(of: &header.history_ends_ns) { raw in
            unsafe raw.bindMemory(to: UInt64.self)[Self.place(tick)] = end
        }
    }

    private static func place(_ tick: UInt64) -> Int { Int(tick % UInt64(length)) }

    // MARK: Reading

    /// Past values of a figure, oldest first and the last of them that of `tick`; unknown ones are
    /// NaN. Nothing is trusted. Complexity: O(length).
    package static func read(
        _ figure: Figure, of slot: UnsafePointer<hr_table_slot>, until tick: UInt64
    ) -> [Float] {
        guard let ticks = unsafe ticks(of: slot, until: tick) else { return [] }
        return ticks.map { unsafe cell(figure, of: slot, at: $0) }
    }

    /// One past value; NaN when it is not there.
    package static func value(
        _ figure: Figure, of slot: UnsafePointer<hr_table_slot>, at tick: UInt64
    ) -> Float {
        guard let ticks = unsafe ticks(of: slot, until: tick), ticks.contains(tick) else { return .nan }
        return unsafe cell(figure, of: slot, at: tick)
    }

    private static func cell(
        _ figure: Figure, of slot: UnsafePointer<hr_table_slot>, at tick: UInt64
    ) -> Float {
        // The newest ticks can lack a window of this cgroup.
        guard unsafe tick <= slot.pointee.history_tick else { return .nan }
        let cells = unsafe field(\.history, of: slot, as: UInt16.self)
        return HistoryCode.decode(unsafe cells[Int(figure.rawValue) * length + place(tick)])
    }

    private static func ticks(
        of slot: UnsafePointer<hr_table_slot>, until tick: UInt64
    ) -> ClosedRange<UInt64>? {
        let last = unsafe slot.pointee.history_tick
        let newest = max(last, tick)
        let oldest = newest > UInt64(length) ? newest - UInt64(length) + 1 : 1
        let first = unsafe max(slot.pointee.history_first, oldest)
        guard last > 0, first <= tick else { return nil }
        return first...tick
    }
}

/// The figures of one window, as floats; NaN for what is not known. A value.
package struct Figures: Sendable {
    private var lanes = SIMD16<Float>(repeating: .nan)

    package init() {}

    package init(_ window: Window, _ detail: WindowDetail) {
        for resource in Resource.measured {
            lanes[Int(resource.rawValue)] = Float(window.value(resource))
        }
        let unobserved = window.flags
        if unobserved & HR_WINDOW_NO_DELAY.rawValue == 0 {
            self[.delay] = Float(window.delayRatio)
        }
        if unobserved & HR_WINDOW_NO_NETWORK.rawValue != 0 {
            self[.networkReceive] = .nan
            self[.networkTransmit] = .nan
        }
        if unobserved & HR_WINDOW_NO_DISK.rawValue != 0 {
            self[.diskRead] = .nan
            self[.diskWrite] = .nan
        }
        if window.memorySource == .none { self[.memory] = .nan }
        if detail.parts & HR_PART_THROTTLE.rawValue != 0 {
            self[.throttled] =
                detail.periods == 0
                ? 0 : min(1, Float(detail.throttled_periods) / Float(detail.periods))
        }
        if detail.parts & HR_PART_PRESSURE.rawValue != 0 {
            self[.pressureCPU] = detail.pressure.0
            self[.pressureMemory] = detail.pressure.2
            self[.pressureIO] = detail.pressure.4
        }
    }

    package subscript(figure: Figure) -> Float {
        get { lanes[Int(figure.rawValue)] }
        set { lanes[Int(figure.rawValue)] = newValue }
    }
}
