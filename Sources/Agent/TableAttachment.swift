package import Aggregates
internal import Glibc

/// A running agent's table, mapped read-only by another process.
@safe
package struct TableAttachment: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    package var reader: TableReader
    /// Of the file that is mapped: another agent's is another.
    private let inode: ino_t

    /// Attaches to the agent of `directory`, or says that there is none.
    package init(directory: RuntimeDirectory) throws(AgentError) {
        try Self.requireAgent(directory)
        let file = unsafe open(directory.tablePath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { throw .noAgent(directory) }
            throw .system("open", directory.tablePath)
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .system("fstat", directory.tablePath) }
        let byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            throw AgentError(.failed, "\(directory.tablePath): \(TableError.tooSmall(0))")
        }
        let mapped = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, file, 0)
        guard let mapped = unsafe mapped, unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1)
        else { throw .system("mmap", directory.tablePath) }
        do {
            reader = try unsafe TableReader(memory: UnsafeRawPointer(mapped), byteCount: byteCount)
        } catch {
            unsafe munmap(mapped, byteCount)
            throw AgentError(.failed, "\(directory.tablePath): \(error)")
        }
        unsafe memory = mapped
        inode = status.st_ino
        self.byteCount = byteCount
    }

    deinit { unsafe munmap(memory, byteCount) }

    /// Whether the table of `directory` is still this one: an agent that came later made another.
    package func isCurrent(in directory: RuntimeDirectory) -> Bool {
        var status = stat()
        return unsafe stat(directory.tablePath, &status) == 0 && status.st_ino == inode
    }

    /// An agent lives as long as its lock is held.
    package static func agentRuns(in directory: RuntimeDirectory) -> Bool {
        do throws(AgentError) {
            try requireAgent(directory)
            return true
        } catch {
            return false
        }
    }

    private static func requireAgent(_ directory: RuntimeDirectory) throws(AgentError) {
        let lock = unsafe open(directory.lockPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard lock >= 0 else {
            if errno == ENOENT { throw .noAgent(directory) }
            if errno == EACCES { throw .needsRoot }
            throw .system("open", directory.lockPath)
        }
        defer { close(lock) }
        if flock(lock, LOCK_SH | LOCK_NB) == 0 {
            flock(lock, LOCK_UN)
            throw .noAgent(directory)
        }
    }
}
