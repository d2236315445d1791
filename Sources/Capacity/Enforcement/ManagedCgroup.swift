internal import Aggregates
internal import Glibc

/// One cgroup that may be limited: its files, and what it uses.
struct ManagedCgroup: ~Copyable {
    let path: String
    /// The inode of its directory.
    let id: UInt64
    private let directory: CInt
    private let files: String
    /// What its files held when they were last looked at, where it has them.
    var present: [ControlFile: String] = [:]
    /// What was last written, where something was.
    var written: [ControlFile: String] = [:]
    /// Times that others changed a file.
    var changes: [ControlFile: Int] = [:]
    var isToldMissing: Set<ControlFile> = []
    /// In the resource's unit, over the last interval.
    private(set) var use: [Resource: Double] = [:]
    private var lastCPU: (microseconds: Double, time: Int64)?

    /// Nil when there is no such cgroup.
    init?(root: String, path: String) {
        files = root + path
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        directory = unsafe open(files, flags)
        guard directory >= 0 else { return nil }
        var status = stat()
        guard unsafe fstat(directory, &status) == 0 else {
            close(directory)
            return nil
        }
        id = UInt64(status.st_ino)
        self.path = path
    }

    deinit { close(directory) }

    /// The inode at `path` now; nil when there is nothing.
    static func id(root: String, path: String) -> UInt64? {
        var status = stat()
        guard unsafe stat(root + path, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    /// Reads what it uses.
    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    mutating func measure(now: Int64) {
        let usage = (try? read("cpu.stat")).flatMap { SmallFile.field("usage_usec ", in: $0) }
        if let usage = usage.flatMap({ Double($0) }) {
            if let last = lastCPU, now > last.time {
                let seconds = Double(now - last.time) / 1e9
                use[.cpu] = max(0, usage - last.microseconds) / 1e6 / seconds
            }
            lastCPU = (usage, now)
        }
        if let memory = presentMemory { use[.memory] = memory }
    }

    /// Of this moment, in bytes.
    var presentMemory: Double? {
        (try? read("memory.current")).flatMap { Double($0.prefix { $0.isNumber }) }
    }

    /// What a file holds, without its line's end.
    func read(_ name: String) throws(FileError) -> String {
        let descriptor = unsafe openat(directory, name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", "\(files)/\(name)") }
        defer { close(descriptor) }
        var text = try SmallFile.read(descriptor, "\(files)/\(name)", limit: 4096)
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    func write(_ text: String, to file: ControlFile) throws(FileError) {
        let path = "\(files)/\(file.rawValue)"
        let descriptor = unsafe openat(directory, file.rawValue, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        let count = unsafe Glibc.write(descriptor, text, text.utf8.count)
        guard count == text.utf8.count else { throw .last("write \(text) to", path) }
    }
}
