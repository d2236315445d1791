/// How one quantile at one lead time has done so far, over matured labels.
///
/// Scored is the forecast as it was issued, so this is an honest out-of-sample record.
package struct Calibration: Sendable, Hashable {
    /// Labels that matured: forecasts whose whole lead time has been seen.
    package let maturedLabels: UInt64
    /// Share of them that lay at or below the forecast, `0...1`; 0 before the first label.
    package let coveredFraction: Double
    /// Mean pinball loss in the series' unit; 0 before the first label.
    package let meanPinballLoss: Double

    package init(maturedLabels: UInt64, coveredFraction: Double, meanPinballLoss: Double) {
        self.maturedLabels = maturedLabels
        self.coveredFraction = coveredFraction
        self.meanPinballLoss = meanPinballLoss
    }
}
