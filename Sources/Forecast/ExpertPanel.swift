/// The experts of one horizon, each in its lane.
///
/// An expert may sit in several lanes with different units for its residual: its own mean
/// error, the value itself (multiplicative noise), the recent volatility, or how far a peak
/// reaches above it.
struct ExpertPanel: BitwiseCopyable, Sendable, Equatable {
    /// The lane whose mean error is the unit of the conformal step.
    static let unitLane = 7
    /// The lanes that say what is usual at this phase.
    static let dayPeakLane = 10
    static let hourPeakLane = 14

    /// The lanes' names for people.
    static let names = [
        "last value",
        "last value, spread by its size",
        "last value, spread by recent noise",
        "the day's usual peak on this weekday",
        "mean of two leads, spread by recent noise",
        "recent peak",
        "trend, spread by recent noise",
        "mean of nine leads",
        "last value and the day's usual change",
        "last value, spread by the way to the day's usual peak",
        "the day's usual peak",
        "the day's usual or the present peak",
        "last value and the hour's usual change",
        "recent peak, spread by its reach",
        "the hour's usual peak",
        "the hour's usual or the present peak",
    ]

    private var persistence = Persistence()
    private var middle = SmoothedLevel()
    private var slow = SmoothedLevel()
    private var recentPeak = DecayingPeak()
    private var trend = DampedTrend()
    private var volatility = Volatility()

    init() {}

    @inline(__always)
    mutating func observe(_ sample: Sample) {
        let gains = sample.gains
        volatility.observe(sample, level: middle.level, gain: gains.volatility)
        persistence.observe(sample, gain: 1)
        middle.observe(sample, gain: gains.middle)
        slow.observe(sample, gain: gains.slow)
        recentPeak.observe(sample, gain: gains.peak)
        trend.observe(sample, gain: gains.trendLevel)
    }

    /// Mean absolute deviation of the recent past, in the series' unit.
    var recentVolatility: Float { volatility.deviation }

    /// How far the recent maximum lies above the recent level.
    var recentReach: Float { max(0, recentPeak.peak - middle.level) }

    /// The recent maximum: what a level shift is covered with.
    var recentMaximum: Float { recentPeak.peak }

    /// Where each expert expects the peak. Lanes of sleeping experts hold anything finite.
    @inline(__always)
    func centers(_ sample: Sample, day: SeasonView, hour: SeasonView, weekPeak: Float) -> Lanes {
        let now = persistence.center(sample)
        return Lanes(
            now,
            now,
            now,
            // Asleep or not, it is finite.
            weekPeak,
            middle.center(sample),
            recentPeak.center(sample),
            trend.center(sample),
            slow.center(sample),
            SeasonalDifference().center(sample, day),
            now,
            SeasonalPeak().center(sample, day),
            SeasonalOrPresentPeak().center(sample, day),
            SeasonalDifference().center(sample, hour),
            // With its reach for a spread; it waits for the hour's season, 0.3 % better so.
            recentPeak.center(sample),
            SeasonalPeak().center(sample, hour),
            SeasonalOrPresentPeak().center(sample, hour)
        )
    }

    /// The unit of each lane's residual. `errors` are the lanes' own mean absolute errors,
    /// `seasonReach` is how far the day's usual peak lies above `value`, 0 if it does not.
    @inline(__always)
    static func spreads(
        errors: Lanes,
        value: Float,
        volatility: Float,
        seasonReach: Float,
        recentReach: Float
    ) -> Lanes {
        var lanes = errors
        lanes[1] = value
        lanes[2] = volatility
        lanes[3] = volatility
        lanes[4] = volatility
        lanes[6] = volatility
        lanes[9] = seasonReach
        lanes[11] = volatility
        lanes[13] = recentReach
        lanes[15] = volatility
        return lanes
    }

    /// The same for a forecast that was kept: reaches are read from its centers.
    @inline(__always)
    static func spreads(
        errors: Lanes,
        value: Float,
        volatility: Float,
        centers: Lanes
    ) -> Lanes {
        spreads(
            errors: errors,
            value: value,
            volatility: volatility,
            seasonReach: max(0, centers[10] - value),
            recentReach: max(0, centers[5] - centers[4])
        )
    }

    /// 1 for lanes that are awake.
    @inline(__always)
    static func awake(day: Bool, hour: Bool, week: Bool) -> Lanes {
        var lanes = Lanes(repeating: 1)
        if !week { lanes[3] = 0 }
        if !day { lanes.highHalf.lowHalf = .zero }
        if !hour { lanes.highHalf.highHalf = .zero }
        return lanes
    }
}
