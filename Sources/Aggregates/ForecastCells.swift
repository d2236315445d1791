internal import HeadroomABI

/// The forecasts of one cgroup on their way into its slot of the shared table.
package struct ForecastCells: Sendable {
    private(set) var values: InlineArray<108, Double>

    static let horizons = Int(HR_TABLE_HORIZONS)
    static let quantiles = Int(HR_TABLE_QUANTILES)

    package init() { values = InlineArray(repeating: .nan) }

    /// No forecast for anything.
    package mutating func clear() { values = InlineArray(repeating: .nan) }

    /// Copies all of them in one go: an element at a time, each would copy the whole array.
    func write(to target: UnsafeMutableRawBufferPointer) {
        unsafe values.span.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }

    /// NaN where there is no forecast. Horizons and quantiles beyond what the table holds
    /// are dropped.
    package subscript(resource: Resource, horizon: Int, quantile: Int) -> Double {
        get {
            guard let index = Self.index(resource, horizon, quantile) else { return .nan }
            return values[index]
        }
        set {
            if let index = Self.index(resource, horizon, quantile) { values[index] = newValue }
        }
    }

    private static func index(_ resource: Resource, _ horizon: Int, _ quantile: Int) -> Int? {
        guard Int(resource.rawValue) < Int(HR_TABLE_RESOURCES), horizon < horizons,
            quantile < quantiles
        else { return nil }
        return place(resource, horizon, quantile)
    }

    /// Where it lies among the cells; the horizon and the quantile must be ones that are held.
    static func place(_ resource: Resource, _ horizon: Int, _ quantile: Int) -> Int {
        (Int(resource.rawValue) * horizons + horizon) * quantiles + quantile
    }
}
