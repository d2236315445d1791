/// The lead time to plan on, learned from what became of the planner's own requests.
///
/// A request for more is followed from the round it was made in until its total is ready. It
/// counts if it was seen to wait: what a provider gives at once comes out of what it has and says
/// nothing of how long new capacity takes. What was refused, given in part or taken back is not
/// counted. Value type, fixed memory, no allocation; O(1) a round but for grants.
package struct LearnedLead: Sendable {
    /// The share of requests that come within the lead that is planned on. Those that come later
    /// are made up for by the correction around the executed plan; planning on the 90th
    /// percentile instead costs more than it saves (docs/decisions/043-learned-lead-times.md).
    package static let share = 0.5
    /// Requests followed at a time; more are not followed.
    private static let slots = 8

    package let configuredNanoseconds: Int64
    /// The lead to plan on, nanoseconds: what is configured as long as most requests take as long
    /// as that, to half an octave.
    package private(set) var nanoseconds: Int64
    /// Requests that were learned from.
    package var grants: UInt64 { memory.value.distribution.grants }

    private var count = 0
    private var lastNanoseconds: Int64?
    /// Touched while requests are followed.
    private var memory: Boxed<Memory>

    private struct Memory: Sendable {
        var followed = InlineArray<8, Followed>(repeating: Followed())
        var distribution: LeadTimeDistribution
    }

    private struct Followed: Sendable {
        var timeNanoseconds: Int64 = 0
        var total = 0.0
        var hasWaited = false
    }

    init(configuredNanoseconds: Int64) {
        self.configuredNanoseconds = configuredNanoseconds
        nanoseconds = configuredNanoseconds
        memory = Boxed(
            Memory(
                distribution: LeadTimeDistribution(configuredNanoseconds: configuredNanoseconds)))
    }

    /// A total above all that was there was asked for.
    mutating func asked(total: Double, at now: Int64) {
        guard count < Self.slots else { return }
        memory.value.followed[count] = Followed(timeNanoseconds: now, total: total)
        count += 1
    }

    /// A total below what was there was asked for: what is above it will not come.
    mutating func released(to total: Double) {
        keep { $0.total <= total }
    }

    /// Requests under way have waited as long as they had.
    mutating func clockWentBack(_ step: ClockStep) {
        lastNanoseconds = lastNanoseconds.map(step.moved)
        guard count > 0 else { return }
        for index in 0..<count {
            memory.value.followed[index].timeNanoseconds = step.moved(memory.value.followed[index].timeNanoseconds)
        }
    }

    /// Takes in what is ready and what is on its way in a later round.
    mutating func observe(ready: Double, committed: Double, at now: Int64) {
        // It became ready at some time since the last round.
        let sinceLast = lastNanoseconds.map { now &- $0 } ?? 0
        lastNanoseconds = now
        guard count > 0 else { return }
        var hasLearned = false
        for index in 0..<count {
            let request = memory.value.followed[index]
            if ready >= request.total * (1 - 1e-9) {
                guard request.hasWaited else { continue }
                memory.value.distribution.granted(
                    afterNanoseconds: now &- request.timeNanoseconds &- sinceLast / 2)
                hasLearned = true
            } else {
                memory.value.followed[index].hasWaited = true
            }
        }
        keep { ready < $0.total * (1 - 1e-9) && committed >= $0.total * (1 - 1e-9) }
        var oldest: Int64 = 0
        for index in 0..<count { oldest = max(oldest, now &- memory.value.followed[index].timeNanoseconds) }
        if hasLearned || oldest > nanoseconds {
            let learned = memory.value.distribution.quantile(Self.share, waitingNanoseconds: oldest)
            nanoseconds =
                LeadTimeDistribution.areAlike(learned, configuredNanoseconds)
                ? configuredNanoseconds : learned
        }
    }

    /// The lead and where it comes from; requests on their way are not known to a later run.
    mutating func pass(_ words: inout LearnedWords) {
        words.pass(&nanoseconds, 0 ... .max)
        memory.value.distribution.pass(&words)
    }

    private mutating func keep(_ isKept: (Followed) -> Bool) {
        guard count > 0 else { return }
        var kept = 0
        for index in 0..<count where isKept(memory.value.followed[index]) {
            memory.value.followed[kept] = memory.value.followed[index]
            kept += 1
        }
        count = kept
    }
}

/// A learned lead time, for people.
package struct LearnedLeadFigures: Sendable, Hashable {
    /// Planned on.
    package let nanoseconds: Int64
    package let configuredNanoseconds: Int64
    /// Requests that were learned from.
    package let grants: UInt64

    init(_ lead: LearnedLead) {
        nanoseconds = lead.nanoseconds
        configuredNanoseconds = lead.configuredNanoseconds
        grants = lead.grants
    }
}
