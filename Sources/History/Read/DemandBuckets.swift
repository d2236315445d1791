package import Aggregates
internal import HeadroomABI

/// Demand in steps of whole seconds, one series a cgroup or application: the means of what windows or minutes say.
///
/// What did nothing counts as such while it is there; where nobody watched there is no step. Hands a step on as soon
/// as the next begins; memory: of one step.
package struct DemandBuckets {
    /// One step of one series.
    package struct Step: Sendable {
        package let name: String
        package let timeSeconds: Int64
        /// By measured resource, in its unit.
        package let values: InlineArray<6, Double>
    }

    package enum Grouping: Sendable, Hashable {
        case cgroup
        /// Cgroups of the same application together; those that have none are left out.
        case application
    }

    private struct Member {
        var name: String
        var memory = 0.0
        var isTold = false
    }

    private let step: Int64
    private let grouping: Grouping
    private let isWanted: (String) -> Bool
    private let hand: (Step) throws -> Void
    private var members: [String: Member] = [:]
    /// What is known of a step by one of those who may tell of it: an agent, and what was imported. Each has
    /// minutes of its own, which may be of the same time.
    private struct Told {
        /// What each group used, times seconds.
        var series: [String: InlineArray<6, Double>] = [:]
        var observed = 0.0
    }

    private static let nothing = InlineArray<6, Double>(repeating: 0)
    private var current: Int64?
    /// Of what was recorded, and of what was imported.
    private var told = [Told(), Told()]
    /// What was added in the tick under way, by path.
    private var pending: [(path: String, values: InlineArray<6, Double>, isLast: Bool)] = []
    package private(set) var failure: (any Error)?

    /// - Parameters:
    ///   - stepSeconds: 1 or more.
    ///   - grouping: what a series is of.
    ///   - isWanted: by cgroup path.
    ///   - hand: is told each step of each series, the series of a step by name.
    package init(
        stepSeconds: Int64, grouping: Grouping, isWanted: @escaping (String) -> Bool,
        hand: @escaping (Step) throws -> Void
    ) {
        precondition(stepSeconds > 0, "a step of \(stepSeconds) s")
        step = stepSeconds
        self.grouping = grouping
        self.isWanted = isWanted
        self.hand = hand
    }

    mutating func add(_ cgroup: HistoryCgroup, _ values: InlineArray<6, Double>, isLast: Bool) {
        guard isWanted(cgroup.path) else { return }
        let name: String
        switch grouping {
        case .cgroup: name = cgroup.path
        case .application:
            guard let application = cgroup.application else { return }
            name = application
        }
        if members[cgroup.path]?.name != name { members[cgroup.path] = Member(name: name) }
        pending.append((cgroup.path, values, isLast))
    }

    /// All of a tick was added. - Parameters:
    ///   - seconds: its length.
    ///   - isImported: what was added was.
    mutating func close(timeNanoseconds: UInt64, seconds: Double, isImported: Bool = false) {
        // A tick that ends at 60.0003 s is of the minute before.
        let time = Int64((Double(timeNanoseconds) / 1e9 - seconds / 2).rounded(.down))
        let begin = time - (time % step + step) % step
        if let current, begin != current { finish() }
        current = begin
        add(seconds, to: isImported ? 1 : 0)
        for (path, _, isLast) in pending where isLast { members[path] = nil }
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func add(_ seconds: Double, to place: Int) {
        told[place].observed += seconds
        for (path, values, _) in pending {
            members[path]?.memory = values[Int(Resource.memory.rawValue)]
            members[path]?.isTold = true
            guard let name = members[path]?.name else { continue }
            for index in values.indices { told[place].series[name, default: Self.nothing][index] += values[index] * seconds }
        }
        for (path, member) in members {
            if !member.isTold {
                told[place].series[member.name, default: Self.nothing][Int(Resource.memory.rawValue)] += member.memory * seconds
            }
            members[path]?.isTold = false
        }
    }

    /// A file begins: what is there is told anew.
    mutating func forget() {
        members.removeAll()
        pending.removeAll()
    }

    /// Hands on what is there of the last step.
    package mutating func finish() {
        defer {
            for place in told.indices {
                told[place].series.removeAll(keepingCapacity: true)
                told[place].observed = 0
            }
        }
        guard let current else { return }
        var means: [String: InlineArray<6, Double>] = [:]
        for told in told where told.observed > 0 {
            for (name, sums) in told.series {
                for index in sums.indices { means[name, default: Self.nothing][index] += sums[index] / told.observed }
            }
        }
        for (name, values) in means.sorted(by: { $0.key < $1.key }) where failure == nil {
            do {
                try hand(Step(name: name, timeSeconds: current + step, values: values))
            } catch {
                failure = error
            }
        }
    }
}

/// Windows into steps.
package struct WindowDemand: HistoryVisitor {
    package var buckets: DemandBuckets

    package init(_ buckets: DemandBuckets) { self.buckets = buckets }

    package mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) { buckets.forget() }

    package mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) {
        var values = InlineArray<6, Double>(repeating: 0)
        for resource in Resource.measured { values[Int(resource.rawValue)] = window.value(resource) }
        buckets.add(cgroup, values, isLast: window.is_final != 0)
    }

    package mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) throws(HistoryError) {
        buckets.close(timeNanoseconds: timeNanoseconds, seconds: Double(durationNanoseconds) / 1e9)
        if let failure = buckets.failure { throw HistoryError("\(failure)") }
    }
}

/// Minutes into steps: their means, or their peaks.
package struct MinuteDemand: HistoryVisitor {
    package var buckets: DemandBuckets
    private let isPeak: Bool
    /// What comes before the next `minuteEnd`.
    private var isImported = false

    package init(_ buckets: DemandBuckets, isPeak: Bool) {
        self.buckets = buckets
        self.isPeak = isPeak
    }

    package mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) { buckets.forget() }

    package mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        isImported = cgroup.isImported
        // All that were there in a minute are in it: what is not, is gone.
        buckets.add(cgroup, isPeak ? minute.peaks : minute.means, isLast: true)
    }

    package mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) throws(HistoryError) {
        buckets.close(
            timeNanoseconds: timeNanoseconds, seconds: Double(durationNanoseconds) / 1e9, isImported: isImported)
        isImported = false
        if let failure = buckets.failure { throw HistoryError("\(failure)") }
    }
}
