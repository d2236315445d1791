internal import Aggregates
internal import HeadroomABI

/// What the forecasts in a table's slots are about: lead times and quantiles.
struct ForecastAxes {
    let horizonsNanoseconds: [UInt64]
    let quantiles: [Double]

    init(_ header: TableHeader) {
        horizonsNanoseconds = header.elements(
            of: \.horizons_ns, as: UInt64.self, first: Int(header.horizon_count))
        quantiles = header.elements(
            of: \.quantiles, as: Double.self, first: Int(header.quantile_count))
    }

    /// Nil while there is none.
    func value(
        _ resource: Resource,
        _ horizon: Int,
        _ quantile: Int,
        in slot: hr_table_slot
    ) -> Double? {
        let value = unsafe withUnsafeBytes(of: slot.forecast) { raw in
            let cells = unsafe raw.bindMemory(to: Double.self)
            let row = Int(resource.rawValue) * Int(HR_TABLE_HORIZONS) + horizon
            return unsafe cells[row * Int(HR_TABLE_QUANTILES) + quantile]
        }
        return value.isNaN ? nil : value
    }

    /// All of a slot, by resource, lead time and quantile; NaN where there is none.
    func values(_ slot: hr_table_slot) -> [Double] {
        Resource.measured.flatMap { resource in
            horizonsNanoseconds.indices.flatMap { horizon in
                quantiles.indices.map { value(resource, horizon, $0, in: slot) ?? .nan }
            }
        }
    }

    /// `5m`, as a configuration has it.
    static func text(_ nanoseconds: UInt64) -> String {
        let second: UInt64 = 1_000_000_000
        for (unit, length) in [("d", 86_400 * second), ("h", 3600 * second), ("m", 60 * second)]
        where nanoseconds > 0 && nanoseconds % length == 0 {
            return "\(nanoseconds / length)\(unit)"
        }
        return MetricPage.number(Double(nanoseconds) / 1e9) + "s"
    }
}
