/// The maximum seen at this and the next half hour of the day on the last days, and the last
/// value until a day has passed.
///
/// Each slot keeps the higher of the newest day and 0.8 of what was there.
package struct SeasonalMaximumBaseline: BaselineForecaster {
    private static let slotSeconds: Int64 = 1_800
    private static let retention = 0.8

    package let name = "seasonal-max"
    private var maxima = InlineArray<48, Double>(repeating: -1)
    private var slot = -1
    private var openMaximum = 0.0
    private var value = 0.0

    package init() {}

    package mutating func observe(timeSeconds: Int64, value: Double) {
        self.value = value
        let within = (timeSeconds % 86_400 + 86_400) % 86_400
        let current = Int(within / Self.slotSeconds)
        if current != slot {
            if slot >= 0 { maxima[slot] = max(openMaximum, Self.retention * maxima[slot]) }
            slot = current
            openMaximum = 0
        }
        openMaximum = max(openMaximum, value)
    }

    package func forecast(quantile: Double) -> Double {
        let usual = max(maxima[slot], maxima[(slot + 1) % 48])
        return usual < 0 ? value : usual
    }
}
