internal import Forecast
internal import Logging

/// Reads a rate file whenever it was written, and says when it cannot be used. One thread.
///
/// A file that is being written is half there: what was read before counts until it is stale, so
/// that only a file that stays wrong, or away, is told.
struct RateReader {
    enum State: Equatable {
        case unread, good, missing
        case stale(seconds: Int64)
        case unusable(String)

        /// Ages differ and are one state.
        var kind: Int {
            switch self {
            case .unread: 0
            case .good: 1
            case .missing: 2
            case .stale: 3
            case .unusable: 4
            }
        }
    }

    let file: RateFile
    private(set) var state = State.unread
    private var watched: WatchedFile
    private var rates: ExpectedRates?
    /// When what is in `rates` was written, Unix nanoseconds.
    private var written: Int64 = 0

    init(_ file: RateFile) {
        self.file = file
        watched = WatchedFile(path: file.path, limit: RateFile.limit)
    }

    /// What is known at `now`, Unix nanoseconds; nil when nothing is.
    mutating func read(now: Int64) -> ExpectedRates? {
        let found = look()
        guard let rates, (now &- written).magnitude <= file.staleNanoseconds.magnitude else {
            state = found == .good ? .stale(seconds: (now &- written) / 1_000_000_000) : found
            return nil
        }
        state = .good
        // A clock that was set back a little makes a file from the future: as if it was written now.
        let age = max(0, now &- written)
        var current = rates
        for index in current.points.indices { current.points[index].aheadNanoseconds -= age }
        return current
    }

    /// Reads the file anew if it was written since.
    private mutating func look() -> State {
        switch watched.look() {
        case .same: return .good
        case .missing: return .missing
        case .unusable(let reason): return .unusable(reason)
        case .written(let bytes, let modified):
            do throws(RateFile.Refusal) {
                rates = try RateFile.parse(String(decoding: bytes, as: UTF8.self))
            } catch {
                return .unusable("\(error)")
            }
            watched.accept()
            written = modified
            return .good
        }
    }
}

/// All rate files of an agent.
struct RateReaders {
    private var readers: [RateReader]
    private let logger: Logger

    init(_ files: [RateFile], logger: Logger) {
        readers = files.map(RateReader.init)
        self.logger = logger
    }

    /// In the order of the files; changes of what can be used are logged.
    mutating func read(now: Int64) -> [ExpectedRates?] {
        var all: [ExpectedRates?] = []
        for index in readers.indices {
            let before = readers[index].state
            all.append(readers[index].read(now: now))
            if readers[index].state.kind != before.kind { tell(readers[index]) }
        }
        return all
    }

    private func tell(_ reader: RateReader) {
        let path = reader.file.path
        switch reader.state {
        case .unread: break
        case .good: logger.info("\(path): request rates are read")
        case .missing: logger.warning("\(path): there is no such file yet: request rates are not known")
        case .stale(let seconds):
            let age = seconds < 0 ? "\(-seconds) s ahead of this host's clock" : "\(seconds) s ago and too old"
            logger.warning("\(path): written \(age): request rates are not known")
        case .unusable(let reason):
            logger.warning("\(path): \(reason): request rates are not known")
        }
    }
}
