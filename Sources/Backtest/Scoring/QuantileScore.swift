/// Sums from which one policy's coverage, pinball loss and cost follow, for one quantile.
package struct QuantileScore: Sendable, Hashable {
    package private(set) var count = 0
    package private(set) var coveredCount = 0
    package private(set) var lossSum = 0.0
    /// The part of `lossSum` from peaks above the forecast.
    package private(set) var missLossSum = 0.0
    package private(set) var forecastSum = 0.0
    package private(set) var peakSum = 0.0

    package init() {}

    /// Scores one forecast against the peak that came.
    package mutating func add(forecast: Double, peak: Double, quantile: Double) {
        count += 1
        if peak <= forecast { coveredCount += 1 }
        let loss = Self.pinballLoss(forecast: forecast, peak: peak, quantile: quantile)
        lossSum += loss
        if peak > forecast { missLossSum += loss }
        forecastSum += forecast
        peakSum += peak
    }

    package mutating func add(_ other: QuantileScore) {
        count += other.count
        coveredCount += other.coveredCount
        lossSum += other.lossSum
        missLossSum += other.missLossSum
        forecastSum += other.forecastSum
        peakSum += other.peakSum
    }

    /// Share of peaks at or below the forecast; `nil` when nothing was scored.
    package var coverage: Double? { count > 0 ? Double(coveredCount) / Double(count) : nil }

    /// Mean pinball loss in the series' unit.
    package var meanLoss: Double? { count > 0 ? lossSum / Double(count) : nil }

    /// Capacity held over peak demand; 1 is perfect foresight.
    package var capacityOverPeak: Double? { peakSum > 0 ? forecastSum / peakSum : nil }

    /// q(y - f) above the forecast, (1 - q)(f - y) below it (Koenker and Bassett 1978).
    package static func pinballLoss(forecast: Double, peak: Double, quantile: Double) -> Double {
        peak > forecast ? quantile * (peak - forecast) : (1 - quantile) * (forecast - peak)
    }
}
