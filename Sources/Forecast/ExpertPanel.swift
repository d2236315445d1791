/// The experts of one horizon, each in its lane.
///
/// An expert may sit in several lanes with different units for its residual: its own mean
/// error, the level itself (multiplicative noise) or the recent volatility.
struct ExpertPanel: Sendable {
    static let laneCount = 15

    private var persistence = Persistence()
    private var fast = SmoothedLevel(memory: 0.7)
    private var middle = SmoothedLevel(memory: 4)
    private var slow = SmoothedLevel(memory: 24)
    private var recentPeak = DecayingPeak(memory: 4)
    private var longPeak = DecayingPeak(memory: 24)
    private var trend = DampedTrend()
    private var seasonalDifference = SeasonalDifference()
    private var seasonalLevel = SeasonalLevel()
    private var seasonalPeak = SeasonalPeak()
    private var volatility = Volatility(memory: 6)
    private var longVolatility = Volatility(memory: 36)

    mutating func observe(_ sample: Sample) {
        volatility.observe(sample, level: middle.level)
        longVolatility.observe(sample, level: slow.level)
        persistence.observe(sample)
        fast.observe(sample)
        middle.observe(sample)
        slow.observe(sample)
        recentPeak.observe(sample)
        longPeak.observe(sample)
        trend.observe(sample)
        seasonalDifference.observe(sample)
        seasonalLevel.observe(sample)
        seasonalPeak.observe(sample)
    }

    func view(_ sample: Sample) -> ExpertView {
        let season: Float = sample.season.isAwake ? 1 : 0
        let short = volatility.deviation
        let long = longVolatility.deviation
        var view = ExpertView(centers: .zero, spreads: .zero, awake: .zero)
        view.place(0, persistence.center(sample))
        view.place(1, persistence.center(sample), spread: sample.value)
        view.place(2, persistence.center(sample), spread: short)
        view.place(3, fast.center(sample))
        view.place(4, middle.center(sample))
        view.place(5, middle.center(sample), spread: short)
        view.place(6, slow.center(sample), spread: long)
        view.place(7, recentPeak.center(sample))
        view.place(8, longPeak.center(sample), spread: longPeak.center(sample))
        view.place(9, trend.center(sample), spread: short)
        view.place(10, seasonalDifference.center(sample), awake: season)
        view.place(11, seasonalLevel.center(sample), awake: season)
        view.place(12, seasonalPeak.center(sample), awake: season)
        view.place(13, slow.center(sample))
        view.place(14, 0, spread: slow.center(sample))
        return view
    }
}

extension ExpertView {
    /// Puts one expert into its lane.
    mutating func place(_ lane: Int, _ center: Float, spread: Float = 0, awake: Float = 1) {
        centers[lane] = center
        spreads[lane] = spread
        self.awake[lane] = awake
    }
}
