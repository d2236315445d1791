internal import Agent
internal import Aggregates
internal import Glibc
internal import Logging
internal import Synchronization

/// Writes what the agent's thread hands over, on a thread of its own: a disk that takes its time must not make ticks
/// late. Made, fed and ended by one thread.
final class HistoryWriter {
    private let inbox = Inbox()
    private var thread: WorkerThread?
    private var refused = RefusedTicks()
    private static let stackBytes = 1 << 19
    /// Ticks that a disk may be late by; of what comes then only `RefusedTicks` is kept.
    static let waitingLimit = 30

    /// What waits to be written, shared with the thread.
    private final class Inbox: Sendable {
        struct Contents: Sendable {
            var batches: [HistoryBatch] = []
            var isEnding = false
        }

        let contents = Mutex(Contents())
        let lost = Atomic<UInt64>(0)
        /// Counts what the thread has to look at.
        private let bell = Bell()

        func ring() { bell.ring() }
        func wait() { bell.wait() }
    }

    /// A semaphore, at an address of its own. Any thread.
    @safe
    private final class Bell: @unchecked Sendable {
        private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() { unsafe sem_init(semaphore, 0, 0) }

        deinit {
            unsafe sem_destroy(semaphore)
            unsafe semaphore.deallocate()
        }

        func ring() { unsafe sem_post(semaphore) }
        func wait() { while unsafe sem_wait(semaphore) != 0 && errno == EINTR {} }
    }

    /// - Parameter table: its memory must stay until `end` has returned.
    init(_ options: HistoryOptions, header: HistoryHeader, table: consuming TableReader, logger: Logger) throws(AgentError) {
        let inbox = inbox
        let archive = HistoryArchive(options, header: header, table: table, logger: logger)
        thread = try WorkerThread(name: "history", stackBytes: Self.stackBytes) {
            archive.begin()
            while true {
                inbox.wait()
                let contents = inbox.contents.withLock { contents in
                    defer { contents.batches = [] }
                    return contents
                }
                for batch in contents.batches where !archive.take(batch) {
                    inbox.lost.add(1, ordering: .relaxed)
                }
                if contents.isEnding { break }
            }
            archive.end()
        }
    }

    /// Ticks that are not in the history, or not whole.
    var lost: UInt64 { inbox.lost.load(ordering: .relaxed) }

    /// - Returns: false when the disk is too late for it. What it told for good, the next that is taken tells.
    func take(_ batch: consuming HistoryBatch) -> Bool {
        var batch = batch
        // The thread takes away alone.
        guard inbox.contents.withLock({ $0.batches.count < Self.waitingLimit }) else {
            refused.add(batch)
            inbox.lost.add(1, ordering: .relaxed)
            return false
        }
        refused.hand(to: &batch)
        inbox.contents.withLock { [batch] in $0.batches.append(batch) }
        inbox.ring()
        return true
    }

    /// Waits until all is written.
    func end() {
        inbox.contents.withLock { $0.isEnding = true }
        inbox.ring()
        thread.take()?.join()
    }
}
