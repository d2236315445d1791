internal import Aggregates
internal import Forecast

/// A day of the week, as people write it.
package enum Weekday: String, CaseIterable, Hashable, Sendable {
    case mon, tue, wed, thu, fri, sat, sun

    static func bits(_ days: [Weekday]) -> UInt8 {
        guard !days.isEmpty else { return ScheduledDemand.everyDay }
        return days.reduce(0) { $0 | 1 << UInt8(allCases.firstIndex(of: $1)!) }
    }
}

/// Demand that somebody knows of beforehand, as the configuration has it.
package struct ScheduleSettings: Hashable, Sendable {
    /// Second of the day, local time.
    package var at: Int64 = 0
    /// Nanoseconds.
    package var duration: Int64 = 0
    /// Empty: every day.
    package var days: [Weekday] = []
    /// Nil: what is in no pool.
    package var pool: String?
    /// Requests a second that are expected in all.
    package var requests: Double?
    /// What it adds, by `Resource.measured`.
    package var amounts: [Double?] = Resource.measured.map { _ in nil }

    package init() {}

    func demand(_ amount: Double) -> ScheduledDemand {
        ScheduledDemand(
            startSecond: at, durationSeconds: max(1, duration / 1_000_000_000),
            weekdays: Weekday.bits(days), amount: amount)
    }
}

/// A file that tells request rates, as the configuration has it.
package struct RateSettings: Hashable, Sendable {
    package var path = ""
    /// Nil: what is in no pool.
    package var pool: String?
    /// Nanoseconds.
    package var staleAfter: Int64 = 60_000_000_000

    package init() {}
}

/// A span in which samples are not learned.
package struct MaintenanceSettings: Hashable, Sendable {
    package var at: Int64 = 0
    package var duration: Int64 = 0
    package var days: [Weekday] = []

    package init() {}

    var window: ScheduledDemand {
        ScheduledDemand(
            startSecond: at, durationSeconds: max(1, duration / 1_000_000_000),
            weekdays: Weekday.bits(days), amount: 0)
    }
}
