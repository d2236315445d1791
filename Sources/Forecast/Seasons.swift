/// The seasons of one series.
struct Seasons: BitwiseCopyable, Sendable {
    static let daySlots = 144
    static let hourSlots = 60

    /// The day in slots of ten minutes.
    var day = SeasonProfile<144, 600>()
    /// The hour in slots of a minute: what cron does.
    var hour = SeasonProfile<60, 60>()

    init() {}

    /// The week, as factors on the day.
    var week = WeekProfile()

    /// False for what no samples lead to.
    mutating func isSound() -> Bool { day.isSound() && hour.isSound() && week.isSound }
}
