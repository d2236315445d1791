/// Bernstein online aggregation with discounted regrets on the linearised pinball loss.
///
/// Wintenberger, "Optimal learning with Bernstein online aggregation" (2017): an expert's rate
/// is the inverse root of its own sum of squared regrets, so the exponent is a studentised
/// regret and no scale enters. The gradient is taken at the issued forecast, so the mixture is
/// judged by what it was used for. Discounting lets the best expert change.
struct BernsteinMixture: Sendable {
    static let retention: Float = 0.995
    static let sharpness: Float = 1.6

    private var regrets: Lanes = .zero
    private var squares: Lanes = .zero

    /// Weights of the experts that are awake; they sum to 1.
    func weights(awake: Lanes) -> Lanes {
        var exponents = Self.sharpness * regrets / (squares + .leastNormalMagnitude).squareRoot()
        exponents.replace(with: -80, where: awake .< 0.5)
        exponents -= exponents.max()
        let raw = exponents.exponentialOfNonPositive * awake
        return raw / raw.sum()
    }

    /// `lossSlope` is the derivative of the pinball loss at the issued forecast.
    mutating func learn(predictions: Lanes, awake: Lanes, lossSlope: Float, weight: Float) {
        let mixed = (weights(awake: awake) * predictions).sum()
        let gains = (mixed - predictions) * awake * (lossSlope * weight)
        regrets = regrets * Self.retention + gains
        squares = squares * Self.retention + gains * gains
    }
}
