internal import Forecast
internal import Glibc
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
    private var stamp: Stamp?
    private var rates: ExpectedRates?
    /// When what is in `rates` was written, Unix nanoseconds.
    private var written: Int64 = 0

    /// What changes when a file is written.
    private struct Stamp: Equatable {
        let modified: Int64
        let inode: UInt64
        let size: Int64
    }

    init(_ file: RateFile) { self.file = file }

    /// What is known at `now`, Unix nanoseconds; nil when nothing is.
    mutating func read(now: Int64) -> ExpectedRates? {
        let found = look()
        guard let rates, abs(now &- written) <= file.staleNanoseconds else {
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
        // Neither a pipe without a writer nor a device may hold the agent up.
        let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .missing : .unusable(unsafe String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            return .unusable(unsafe String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return .unusable("it is no regular file") }
        guard status.st_size <= RateFile.limit else {
            return .unusable("it has \(status.st_size) bytes; expected at most \(RateFile.limit)")
        }
        let modified =
            Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        let now = Stamp(modified: modified, inode: UInt64(status.st_ino), size: Int64(status.st_size))
        if now == stamp { return .good }
        var bytes = [UInt8](repeating: 0, count: RateFile.limit)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        guard count >= 0 else { return .unusable(unsafe String(cString: strerror(errno))) }
        do throws(RateFile.Refusal) {
            rates = try RateFile.parse(String(decoding: bytes[..<count], as: UTF8.self))
        } catch {
            return .unusable("\(error)")
        }
        stamp = now
        written = modified
        return .good
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
