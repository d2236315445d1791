/// Demand that somebody knows of beforehand: "batch at 02:00 for 40 minutes, 6 cores".
package struct ScheduledDemand: Sendable, Hashable {
    /// Every day of the week.
    package static let everyDay: UInt8 = 0x7F

    /// Second of the day at which it begins, `0..<86400`, in the schedule's time zone.
    package let startSecond: Int64
    /// Seconds it lasts, `1...86400`.
    package let durationSeconds: Int64
    /// A bit for each day on which it begins: Monday is bit 0.
    package let weekdays: UInt8
    /// What it adds, in the series' unit; not negative.
    package let amount: Double

    package init(
        startSecond: Int64,
        durationSeconds: Int64,
        weekdays: UInt8 = everyDay,
        amount: Double
    ) {
        precondition((0..<86_400).contains(startSecond), "no second of a day: \(startSecond)")
        precondition(
            (1...86_400).contains(durationSeconds),
            "a duration is 1 to 86400 s, got \(durationSeconds)"
        )
        precondition(amount.isFinite && amount >= 0, "an amount is not negative, got \(amount)")
        self.startSecond = startSecond
        self.durationSeconds = durationSeconds
        self.weekdays = weekdays
        self.amount = amount
    }

    /// At most a day long, so it can have begun today or yesterday.
    fileprivate func isActive(local second: Int64) -> Bool {
        let today = DemandSchedule.day(second)
        return isActive(local: second, since: today) || isActive(local: second, since: today - 1)
    }

    private func isActive(local second: Int64, since day: Int64) -> Bool {
        let start = day * 86_400 + startSecond
        return begins(on: day) && second >= start && second < start + durationSeconds
    }

    /// 1 January 1970, day 0, was a Thursday.
    fileprivate func begins(on day: Int64) -> Bool {
        weekdays & 1 << UInt8(((day + 3) % 7 + 7) % 7) != 0
    }
}

/// All that is scheduled for one series.
package struct DemandSchedule: Sendable, Hashable {
    package let entries: [ScheduledDemand]
    /// Seconds that local time is ahead of UTC.
    package var utcOffsetSeconds: Int64

    package init(entries: [ScheduledDemand], utcOffsetSeconds: Int64 = 0) {
        self.entries = entries
        self.utcOffsetSeconds = utcOffsetSeconds
    }

    /// Whether anything is scheduled at `second`, Unix time, whatever its amount.
    package func isActive(at second: Int64) -> Bool {
        entries.contains { $0.isActive(local: second + utcOffsetSeconds) }
    }

    /// What is scheduled at `second`, Unix time.
    package func amount(at second: Int64) -> Double {
        let local = second + utcOffsetSeconds
        return entries.reduce(0) { $0 + ($1.isActive(local: local) ? $1.amount : 0) }
    }

    /// The most that is scheduled at any time in `second...second + lead`, at most a week ahead.
    /// It only grows where an entry begins, so only those moments are looked at.
    package func peak(from second: Int64, lead: Int64) -> Double {
        let local = second + utcOffsetSeconds
        let end = local + min(max(0, lead), 604_800)
        var peak = amount(at: second)
        for entry in entries {
            for day in Self.day(local)...Self.day(end) where entry.begins(on: day) {
                let start = day * 86_400 + entry.startSecond
                guard start >= local, start <= end else { continue }
                peak = max(peak, amount(at: start - utcOffsetSeconds))
            }
        }
        return peak
    }

    fileprivate static func day(_ second: Int64) -> Int64 {
        let within = (second % 86_400 + 86_400) % 86_400
        return (second - within) / 86_400
    }
}
