package import HeadroomABI

/// Where things lie in the shared table.
package enum TableLayout {
    package static let headerBytes = MemoryLayout<hr_table_header>.stride
    package static let slotBytes = MemoryLayout<hr_table_slot>.stride

    /// Bytes of a table with `slots` slots.
    package static func byteCount(slots: Int) -> Int { headerBytes + slots * slotBytes }

    static let sequenceOffset = MemoryLayout<hr_table_header>.offset(of: \.sequence)!

    /// Forecasts of a slot, and where one of them is; nil for what the table has no room for.
    package static let forecastCells = Int(HR_TABLE_RESOURCES * HR_TABLE_HORIZONS * HR_TABLE_QUANTILES)

    package static func forecastPlace(_ resource: Resource, _ horizon: Int, _ quantile: Int) -> Int? {
        guard Int(resource.rawValue) < Int(HR_TABLE_RESOURCES), horizon >= 0, quantile >= 0,
            horizon < ForecastCells.horizons, quantile < ForecastCells.quantiles
        else { return nil }
        return ForecastCells.place(resource, horizon, quantile)
    }

    /// The forecasts of a slot, by `forecastPlace`.
    package static func forecasts(of slot: UnsafePointer<hr_table_slot>) -> [Double] {
        let start = unsafe UnsafeRawPointer(slot) + MemoryLayout<hr_table_slot>.offset(of: \.forecast)!
        let cells = unsafe start.assumingMemoryBound(to: Double.self)
        return unsafe Array(UnsafeBufferPointer(start: cells, count: forecastCells))
    }
}
