/// Everything one lead time needs besides its quantiles: experts, their errors, and the
/// forecasts that wait for their label.
///
/// At most `pendingLimit` forecasts wait at once, one per block of horizon/pendingLimit, each
/// with the peak since it was made; so the state is bounded at any sampling rate.
struct HorizonForecaster: Sendable {
    static let pendingLimit = 8

    let horizonNanoseconds: Int64
    private(set) var maturedLabels: UInt64 = 0
    private(set) var panel = ExpertPanel()
    /// Mean absolute error of every expert's center.
    private(set) var errors: Lanes = .zero
    /// Sum of label weights, for rates that start high and settle.
    private(set) var experience: Float = 0
    var pending = InlineArray<8, PendingForecast>(repeating: PendingForecast())
    var oldest = 0
    var pendingCount = 0

    init(horizonNanoseconds: Int64) { self.horizonNanoseconds = horizonNanoseconds }

    /// Time between two forecasts that are kept for learning.
    var blockNanoseconds: Int64 { horizonNanoseconds / Int64(Self.pendingLimit) }

    mutating func observe(_ sample: Sample) { panel.observe(sample) }

    /// The experts' view now, with every residual unit filled in.
    func view(_ sample: Sample) -> ExpertView {
        var view = panel.view(sample)
        view.spreads.replace(with: errors, where: view.spreads .<= 0)
        return view
    }

    /// Updates the experts' mean errors with a matured label.
    mutating func learn(label: Float, centers: Lanes, weight: Float) {
        maturedLabels &+= 1
        experience += weight
        let gap = label - centers
        let magnitudes = pointwiseMax(gap, -gap)
        let gain = weight * max(0.01, 1 / max(1, experience))
        errors += gain * (magnitudes - errors)
    }
}
