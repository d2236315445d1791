internal import Capacity
internal import Glibc

/// A file that is written to a temporary name and renamed by `finish`, so that what failed
/// leaves no half file behind; a device or a pipe is written as it is.
struct OutputFile: ~Copyable {
    /// As it was named, for errors.
    private let path: String
    /// What `finish` renames, and to what; nil for a device or a pipe.
    private let rename: (from: String, to: String)?
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private var isFinished = false

    init(path: String) throws(BacktestError) {
        let opened = try Self.open(path)
        self.path = path
        descriptor = opened.descriptor
        rename = opened.rename
        buffer.reserveCapacity(1 << 16)
    }

    private static func open(
        _ path: String
    ) throws(BacktestError) -> (descriptor: CInt, rename: (from: String, to: String)?) {
        do throws(FileError) {
            var rename: (from: String, to: String)?
            let descriptor: CInt
            switch try OutputPlace.of(path) {
            case .file(let place):
                rename = (place + ".partial", place)
                descriptor = unsafe Glibc.open(place + ".partial", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
            case .stream(let place):
                descriptor = unsafe Glibc.open(place, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)
            }
            guard descriptor >= 0 else { throw .last("open", path) }
            return (descriptor, rename)
        } catch {
            throw .cannotWrite(error)
        }
    }

    deinit {
        close(descriptor)
        if !isFinished, let rename { unsafe unlink(rename.from) }
    }

    /// Adds `text`, which may stay in memory until there is more.
    mutating func write(_ text: String) throws(BacktestError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > 60_000 { try flush() }
    }

    /// Writes what is buffered and gives the file its name.
    mutating func finish() throws(BacktestError) {
        try flush()
        if let rename, unsafe Glibc.rename(rename.from, rename.to) != 0 {
            throw .cannotWrite(.last("rename", path))
        }
        isFinished = true
    }

    /// Makes the directory and its parents.
    static func makeDirectories(_ path: String) throws(BacktestError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            prefix += component
            if unsafe mkdir(prefix, 0o755) != 0 && errno != EEXIST {
                throw .cannotWrite(.last("mkdir", prefix))
            }
            prefix += "/"
        }
    }

    private mutating func flush() throws(BacktestError) {
        do throws(FileError) { try AtomicFile.write(buffer, to: descriptor, path) } catch { throw .cannotWrite(error) }
        buffer.removeAll(keepingCapacity: true)
    }
}
