package import Aggregates
package import Logging

/// Reads the file of pods whenever it was written. One thread.
///
/// A pod's uid is never given to another, so a file that nobody writes any more stays true of the
/// pods in it; only those that came later have no name.
package struct PodReader {
    private enum State: Equatable {
        case unread, good, missing
        /// Some lines are skipped: how many, and why the first.
        case partly(Int, PodFile.Refusal)
        case unusable(String)
    }

    private var watched: WatchedFile
    private var state = State.unread
    private let logger: Logger

    package init(path: String, logger: Logger) {
        watched = WatchedFile(path: path, limit: PodFile.limit)
        self.logger = logger
    }

    /// All pods, when there is news of them.
    package mutating func read() -> [Pod]? {
        switch watched.look() {
        case .same:
            if case .partly = state { return nil }
            enter(.good)
            return nil
        case .missing:
            enter(.missing)
            return nil
        case .unusable(let reason):
            enter(.unusable(reason))
            return nil
        case .written(let bytes, _):
            let reading = PodFile.parse(bytes)
            if reading.isUnusable, let first = reading.first {
                enter(.unusable("\(first)"))
                return nil
            }
            watched.accept()
            enter(reading.first.map { .partly(reading.skipped, $0) } ?? .good)
            return reading.pods
        }
    }

    private mutating func enter(_ next: State) {
        guard next != state else { return }
        state = next
        switch next {
        case .unread: break
        case .good: logger.info("\(watched.path): names of pods are read")
        case .missing: logger.warning("\(watched.path): there is no such file yet: pods have no names")
        case .partly(let count, let first):
            logger.warning("\(watched.path): \(count) lines are skipped, their pods have no names; the first: \(first)")
        case .unusable(let reason):
            logger.warning("\(watched.path): \(reason): pods keep the names they have")
        }
    }
}
