/// How far a hint is believed, for one quantile at one lead time.
///
/// A hint adds to the forecast; it is judged by the pinball loss with all of it and without, of
/// the forecasts it applied to, when their labels come. Evidence is counted in seconds of
/// samples. A hint is believed at first; one that is wrong by more than three times what the
/// forecast is wrong by without it is not believed any more after at most an hour of samples.
struct HintTrust: Sendable, Hashable {
    /// Change of the log-odds in an hour of nothing but wrong, or right.
    private static let perHour: Float = 12
    /// At most this sure, either way.
    private static let bound: Float = 4

    private var logOdds: Float = 2

    init() {}

    /// Share of the hint that is added, `0...1`: a smooth step from 0 at -2 to 1 at 2, which
    /// needs no exponential and has exact ends.
    var share: Float {
        if logOdds <= -2 { return 0 }
        if logOdds >= 2 { return 1 }
        let u = (logOdds + 2) / 4
        return u * u * (3 - 2 * u)
    }

    /// A label came; `seconds` is the time that this forecast stands for.
    mutating func learn(lossWith: Float, lossWithout: Float, seconds: Float) {
        let sum = lossWith + lossWithout
        guard sum > 0 else { return }
        let contrast = (lossWithout - lossWith) / sum
        let step = Self.perHour * min(seconds, 3_600) / 3_600 * contrast
        logOdds = min(Self.bound, max(-Self.bound, logOdds + step))
    }
}
