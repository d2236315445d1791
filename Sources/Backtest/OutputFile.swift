internal import Glibc

/// A file that is written to a temporary name and renamed by `finish`, so that what failed
/// leaves no half file behind.
struct OutputFile: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private var isFinished = false

    init(path: String) throws(BacktestError) {
        self.path = path
        temporaryPath = path + ".partial"
        descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .cannotWrite(path: path, reason: SystemText.lastError())
        }
        buffer.reserveCapacity(1 << 16)
    }

    deinit {
        close(descriptor)
        if !isFinished { unsafe unlink(temporaryPath) }
    }

    /// Adds `text`, which may stay in memory until there is more.
    mutating func write(_ text: String) throws(BacktestError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > 60_000 { try flush() }
    }

    /// Writes what is buffered and gives the file its name.
    mutating func finish() throws(BacktestError) {
        try flush()
        guard unsafe rename(temporaryPath, path) == 0 else {
            throw .cannotWrite(path: path, reason: SystemText.lastError())
        }
        isFinished = true
    }

    /// Makes the directory and its parents.
    static func makeDirectories(_ path: String) throws(BacktestError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            prefix += component
            if unsafe mkdir(prefix, 0o755) != 0 && errno != EEXIST {
                throw .cannotWrite(path: prefix, reason: SystemText.lastError())
            }
            prefix += "/"
        }
    }

    private mutating func flush() throws(BacktestError) {
        var start = 0
        while start < buffer.count {
            let count = unsafe buffer.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw .cannotWrite(path: path, reason: SystemText.lastError())
            }
            start += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
