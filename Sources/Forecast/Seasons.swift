/// The seasons of one series.
struct Seasons: BitwiseCopyable, Sendable {
    /// The day in slots of ten minutes.
    var day = SeasonProfile<144, 600>()
    /// The hour in slots of a minute: what cron does.
    var hour = SeasonProfile<60, 60>()

    init() {}
}
