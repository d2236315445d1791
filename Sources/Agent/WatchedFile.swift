internal import Glibc

/// A small file that others write whenever they have news: read anew only when it was written.
/// One thread.
struct WatchedFile {
    /// What a look at the file gave.
    enum Look {
        /// It is as it was when it was read last.
        case same
        /// What stands in it now; `modified` is Unix nanoseconds.
        case written([UInt8], modified: Int64)
        case missing
        case unusable(String)
    }

    let path: String
    /// The largest file that is read, bytes.
    let limit: Int
    private var accepted: Stamp?
    private var seen: Stamp?

    /// What changes when a file is written.
    private struct Stamp: Equatable {
        let modified: Int64
        let inode: UInt64
        let size: Int64
    }

    init(path: String, limit: Int) {
        self.path = path
        self.limit = limit
    }

    /// What was read last is good: until it is written again, looks give `.same`. A file that was
    /// not accepted, half written maybe, is read again.
    mutating func accept() { accepted = seen }

    mutating func look() -> Look {
        // Neither a pipe without a writer nor a device may hold the agent up.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .missing : .unusable(unsafe String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            return .unusable(unsafe String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return .unusable("it is no regular file") }
        guard status.st_size <= limit else {
            return .unusable("it has \(status.st_size) bytes; expected at most \(limit)")
        }
        let (seconds, isBeyond) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (modified, isBeyondToo) = seconds.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
        guard !isBeyond, !isBeyondToo else {
            return .unusable(
                "its time of writing is \(status.st_mtim.tv_sec) s from 1970; expected one from 1678 to 2262: touch it")
        }
        let now = Stamp(modified: modified, inode: UInt64(status.st_ino), size: Int64(status.st_size))
        if now == accepted { return .same }
        seen = now
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .unusable(unsafe String(cString: strerror(errno))) }
            if count == 0 { break }
            filled += count
        }
        return .written(Array(bytes[..<filled]), modified: modified)
    }
}
