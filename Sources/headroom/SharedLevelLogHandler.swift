internal import Logging
internal import Synchronization

/// A handler whose level is one for all of a process's loggers: a configuration that is read again changes it. Any thread.
struct SharedLevelLogHandler: LogHandler {
    private final class Shared: Sendable {
        let place = Atomic<Int>(0)
    }

    private static let shared = Shared()
    private static let levels = Logger.Level.allCases
    private var base: any LogHandler

    init(_ base: any LogHandler) {
        self.base = base
        // It lets everything through that was let through before.
        self.base.logLevel = .trace
    }

    var logLevel: Logger.Level {
        get { Self.levels[Self.shared.place.load(ordering: .relaxed)] }
        nonmutating set { Self.shared.place.store(Self.levels.firstIndex(of: newValue)!, ordering: .relaxed) }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { base.log(event: event) }
}
