package import Agent

/// Where a view gets a node's moments from: the running agent's table, a history on disk, or both.
/// One thread.
package protocol SnapshotSource: AnyObject {
    /// The newest moment.
    func latest() throws(AgentError) -> NodeMoment
    /// What there is now stays, however long it is looked at, until `release`.
    func hold() throws(AgentError)
    func release()
    /// The newest kept moment whose window ended at or before `time` (Unix nanoseconds); nil when
    /// none is as old as that.
    func moment(atOrBefore time: UInt64) throws(AgentError) -> NodeMoment?
    /// The oldest kept moment whose window ended after `time`; nil when there is none.
    func moment(after time: UInt64) throws(AgentError) -> NodeMoment?
    /// The plans of the window that ended at `time`; none where they are not kept.
    func plans(at time: UInt64) throws(AgentError) -> [ShownPlan]
}

extension SnapshotSource {
    package func plans(at time: UInt64) throws(AgentError) -> [ShownPlan] { [] }
}

/// A source that goes further back, behind one that is newer and knows more.
package final class LayeredSource: SnapshotSource {
    private let recent: any SnapshotSource
    private let older: any SnapshotSource
    /// Looked for once a hold; nil: not yet.
    private var isOlderThere: Bool?

    package init(_ recent: any SnapshotSource, over older: any SnapshotSource) {
        self.recent = recent
        self.older = older
    }

    package func latest() throws(AgentError) -> NodeMoment { try recent.latest() }

    package func hold() throws(AgentError) {
        try recent.hold()
        _ = hasOlder()
    }

    /// Without the older one there is the recent one.
    private func hasOlder() -> Bool {
        if let isOlderThere { return isOlderThere }
        do throws(AgentError) {
            try older.hold()
            isOlderThere = true
        } catch {
            isOlderThere = false
        }
        return isOlderThere == true
    }

    package func release() {
        recent.release()
        older.release()
        isOlderThere = nil
    }

    package func moment(atOrBefore time: UInt64) throws(AgentError) -> NodeMoment? {
        if let moment = try recent.moment(atOrBefore: time) { return planned(moment) }
        guard hasOlder() else { return nil }
        return try older.moment(atOrBefore: time)
    }

    package func moment(after time: UInt64) throws(AgentError) -> NodeMoment? {
        // The recent one's first moment after the time skips those that only the older one has.
        guard hasOlder(), try recent.moment(atOrBefore: time) == nil, let older = try older.moment(after: time)
        else { return try recent.moment(after: time).map(planned) }
        let next = try recent.moment(after: time)
        return next.map { $0.time <= older.time ? planned($0) : older } ?? older
    }

    /// The table has the present's plans alone; those of the windows before it are on disk.
    private func planned(_ moment: NodeMoment) -> NodeMoment {
        guard moment.facts.plans.contains(where: { moment.distance(to: $0) > moment.facts.intervalNanoseconds / 2 }), hasOlder(),
            let plans = try? older.plans(at: moment.time), !plans.isEmpty
        else { return moment }
        var moment = moment
        moment.facts.plans = plans
        return moment
    }
}
