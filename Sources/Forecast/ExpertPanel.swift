/// The experts of one horizon, each in its lane.
///
/// An expert may sit in several lanes with different units for its residual: its own mean
/// error, the value itself (multiplicative noise) or the recent volatility.
struct ExpertPanel: Sendable {
    /// The lane whose mean error is the unit of the conformal step.
    static let unitLane = 7

    private var persistence = Persistence()
    private var fast = SmoothedLevel(memory: 0.7)
    private var middle = SmoothedLevel(memory: 4)
    private var slow = SmoothedLevel(memory: 24)
    private var recentPeak = DecayingPeak(memory: 4)
    private var trend = DampedTrend()
    private var volatility = Volatility(memory: 6)

    mutating func observe(_ sample: Sample) {
        volatility.observe(sample, level: middle.level)
        persistence.observe(sample)
        fast.observe(sample)
        middle.observe(sample)
        slow.observe(sample)
        recentPeak.observe(sample)
        trend.observe(sample)
    }

    /// Mean absolute deviation of the recent past, in the series' unit.
    var recentVolatility: Float { volatility.deviation }

    /// The recent maximum: what a level shift is covered with.
    func peak(_ sample: Sample) -> Float { recentPeak.center(sample) }

    /// Where each expert expects the peak, with lanes of sleeping experts left at 0.
    func centers(_ sample: Sample) -> Lanes {
        var lanes = Lanes.zero
        lanes[0] = persistence.center(sample)
        lanes[1] = lanes[0]
        lanes[2] = lanes[0]
        lanes[3] = fast.center(sample)
        lanes[4] = middle.center(sample)
        lanes[5] = recentPeak.center(sample)
        lanes[6] = trend.center(sample)
        lanes[7] = slow.center(sample)
        if sample.day.isAwake {
            lanes[8] = SeasonalDifference().center(sample, sample.day)
            lanes[9] = SeasonalLevel().center(sample, sample.day)
            lanes[10] = SeasonalPeak().center(sample, sample.day)
            lanes[11] = SeasonalOrPresentPeak().center(sample, sample.day)
        }
        if sample.hour.isAwake {
            lanes[12] = SeasonalDifference().center(sample, sample.hour)
            lanes[13] = SeasonalLevel().center(sample, sample.hour)
            lanes[14] = SeasonalPeak().center(sample, sample.hour)
            lanes[15] = SeasonalOrPresentPeak().center(sample, sample.hour)
        }
        return lanes
    }

    /// The unit of each lane's residual. `errors` are the lanes' own mean absolute errors.
    static func spreads(errors: Lanes, value: Float, volatility: Float) -> Lanes {
        var lanes = errors
        lanes[1] = value
        lanes[2] = volatility
        lanes[4] = volatility
        lanes[6] = volatility
        lanes[11] = volatility
        lanes[15] = volatility
        return lanes
    }

    /// 1 for lanes that are awake.
    static func awake(day: Bool, hour: Bool) -> Lanes {
        var lanes = Lanes(repeating: 1)
        if !day { lanes.highHalf.lowHalf = .zero }
        if !hour { lanes.highHalf.highHalf = .zero }
        return lanes
    }
}
