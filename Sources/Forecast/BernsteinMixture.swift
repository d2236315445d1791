/// Bernstein online aggregation with discounted regrets on the linearised pinball loss.
///
/// Wintenberger, "Optimal learning with Bernstein online aggregation" (2017): an expert's rate
/// is the inverse root of its own sum of squared regrets, so the exponent is a studentised
/// regret and no scale enters. Gradient and regret are taken at the issued forecast, conformal
/// step included, so the mixture is judged by what it was used for.
struct BernsteinMixture: BitwiseCopyable, Sendable {
    /// Discount per label. 0.995 forgot too fast on every group (6 % worse).
    private static let retention: Float = 0.9998
    /// Factor on the studentised regret; sqrt(ln 16) = 1.7 in the paper.
    private static let sharpness: Float = 2

    /// Exponents before the first label: which experts led on the tune half of the traces.
    private static var prior: Lanes {
        Lanes(-1.4, 0, 0, -0.4, 1.2, 0.5, 0, 0, 0.8, -1, -0.7, 0.8, 1, 1.6, 0, 0.7)
    }

    private var regrets = LaneStorage(.zero)
    private var squares = LaneStorage(.zero)

    init() {}

    /// Weights of the experts that are awake; they sum to `sum`. Some 80 instructions, so they are
    /// computed when a label or a season's awakening changed them, not for every forecast.
    ///
    /// `overlap` is how many labels share a sample: that many count as one, so the studentised
    /// regret shrinks by its root.
    @inline(__always)
    func weights(awake: Lanes, overlap: Float, sum: Float) -> Lanes {
        // A sleeping expert has the exponent 0, which only lowers the others', and no weight.
        let factors = awake * (Self.sharpness / overlap.squareRoot())
        var exponents = factors * regrets.lanes * (squares.lanes + 0x1p-120).reciprocalRoot
        exponents += Self.prior
        exponents -= exponents.roughMaximum
        let raw = exponents.exponentialOfNonPositive * awake
        return raw * (sum / raw.total)
    }

    /// `slope` is the derivative of the pinball loss at the issued forecast.
    @inline(__always)
    mutating func learn(predictions: Lanes, issued: Float, awake: Lanes, slope: Float) {
        let gains = (issued - predictions) * awake * slope
        regrets.lanes = regrets.lanes * Self.retention + gains
        squares.lanes = squares.lanes * Self.retention + gains * gains
    }

    /// False for what no labels lead to.
    var isSound: Bool {
        holdsFiniteFloats(regrets) && holdsFiniteFloats(squares)
            && squares.lanes.indices.allSatisfy { squares.lanes[$0] >= 0 }
    }
}
