/// A sample as the experts of one horizon see it.
struct Sample {
    /// Demand in the series' unit.
    let value: Float
    /// Seconds since the previous sample; 0 for the first one.
    let elapsed: Float
    /// Effective lead time in seconds: never shorter than the typical step.
    let lead: Float
    /// The season of the day, in slots of ten minutes.
    let day: SeasonView
    /// The season of the hour, in slots of a minute: what cron does.
    let hour: SeasonView
    /// True for the first sample of the series.
    let isFirst: Bool

    /// Weight of this sample in an exponential mean with a memory of `leads` lead times:
    /// the first-order rational form of 1 - e^(-elapsed/memory).
    func gain(leads: Float) -> Float {
        isFirst ? 1 : elapsed / (elapsed + leads * lead)
    }
}
