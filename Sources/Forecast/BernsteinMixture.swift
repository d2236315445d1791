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
        Lanes(-2, 0, 0, 0, 1.7, 0.7, 0, 0, 1.2, -1.4, -1, 1.2, 1.4, 2.3, 0, 1)
    }

    private var regrets = LaneStorage(.zero)
    private var squares = LaneStorage(.zero)

    init() {}

    /// What regrets are multiplied with, the same for all quantiles of a lead; 0 for an expert
    /// that sleeps. In binary logarithms.
    ///
    /// `overlap` is how many labels share a sample: that many count as one, so the studentised
    /// regret shrinks by its root.
    @inline(__always)
    static func factors(awake: Lanes, overlap: Float) -> Lanes {
        awake * (sharpness * 1.442_695 / overlap.squareRoot())
    }

    /// Weights of the experts that are awake; they sum to `sum`. Some 60 instructions, so they are
    /// computed when a label or a season's awakening changed them, not for every forecast.
    @inline(__always)
    func weights(awake: Lanes, factors: Lanes, sum: Float) -> Lanes {
        // A sleeping expert has the prior's exponent, which only lowers the others', and no weight.
        var exponents = factors * regrets.lanes * (squares.lanes + 0x1p-120).reciprocalRoot
        exponents += Self.prior
        exponents -= exponents.roughMaximum
        let raw = exponents.powerOfTwo * awake
        return raw * (sum / raw.total)
    }

    /// `slope` is the derivative of the pinball loss at the issued forecast.
    @inline(__always)
    mutating func learn(predictions: Lanes, issued: Float, awake: Lanes, slope: Float) {
        let gains = (issued - predictions) * awake * slope
        regrets.lanes = regrets.lanes * Self.retention + gains
        squares.lanes = squares.lanes * Self.retention + gains * gains
    }

    /// Takes over what a peer has found out about the experts; it counts `share` of what it does
    /// there. `unit` is what one of the peer's units is here.
    mutating func adopt(_ peer: BernsteinMixture, unit: Float, share: Float) {
        let unit = min(unit, 1e3)
        regrets.lanes += (share * unit) * peer.regrets.lanes
        squares.lanes += (share * unit * unit) * peer.squares.lanes
    }

    /// False for what no labels lead to.
    var isSound: Bool {
        // Cauchy and Schwarz: the squared sum of n numbers is at most n times that of squares,
        // and the discount leaves n below 1/(1 - retention), here with some room.
        regrets.lanes.indices.allSatisfy { lane in
            let square = squares.lanes[lane]
            let regret = regrets.lanes[lane]
            return square >= 0 && square <= 1e36 && regret.isFinite
                && Double(regret) * Double(regret) <= 10_000 * Double(square) + 1e-30
        }
    }
}
