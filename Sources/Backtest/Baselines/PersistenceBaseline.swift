/// The last value, divided by a target utilisation: 1 is persistence, 0.7 a reactive scaler.
package struct PersistenceBaseline: BaselineForecaster {
    package let name: String
    package let utilisation: Double
    private var value = 0.0

    package init(name: String, utilisation: Double = 1) {
        precondition(utilisation > 0, "utilisation must be positive, got \(utilisation)")
        self.name = name
        self.utilisation = utilisation
    }

    package mutating func observe(timeSeconds: Int64, value: Double) { self.value = value }

    package func forecast(quantile: Double) -> Double { value / utilisation }
}
