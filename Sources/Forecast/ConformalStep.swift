/// The outer loop: a shift that moves until the asked share of labels is covered.
///
/// Online gradient descent on the pinball loss of the issued forecast; Gibbs and Candès,
/// "Adaptive conformal inference under distribution shift" (2021), in units of the series' own
/// error instead of levels. The rate shrinks with the lead because labels arrive late: an
/// integrator that runs ahead of its feedback over-widens.
struct ConformalStep: BitwiseCopyable, Sendable {
    /// In units of the mean absolute error.
    private(set) var shift: Float = 0

    init() {}

    /// Takes over a peer's shift, as a `share` of all peers'.
    mutating func adopt(_ peer: ConformalStep, share: Float) { shift += share * peer.shift }

    mutating func learn(exceeded: Bool, level: Float, rate: Float) {
        shift += exceeded ? rate * level : -rate * (1 - level)
    }
}
