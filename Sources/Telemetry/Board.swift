internal import Synchronization

/// Where the agent's thread leaves what the server tells. The agent never waits for it: while the
/// server takes its copy, the agent keeps its news until the next tick.
final class Board: Sendable {
    private let posted = Mutex(Posted())

    struct Posted: Sendable {
        var node = TallyRow()
        var other = TallyRow()
        var rows: [TallyRow] = []
        var runQueue = Histogram(buckets: 0, shift: 0)
        var diskRead = Histogram(buckets: 0, shift: 0)
        var diskWrite = Histogram(buckets: 0, shift: 0)
        var journal = Journal()
    }

    /// - Returns: false when somebody is reading.
    func post(_ tally: Tally, _ journal: Journal) -> Bool {
        posted.withLockIfAvailable { posted -> Void in
            posted.node = tally.node
            posted.other = tally.other
            posted.rows = tally.rows
            posted.runQueue = tally.runQueue
            posted.diskRead = tally.diskRead
            posted.diskWrite = tally.diskWrite
            posted.journal = journal
        } != nil
    }

    /// - Returns: false when somebody is reading.
    func post(_ journal: Journal) -> Bool {
        posted.withLockIfAvailable { posted -> Void in posted.journal = journal } != nil
    }

    /// What was left last. Complexity: O(1), arrays are shared.
    func read() -> Posted { posted.withLock { $0 } }
}
