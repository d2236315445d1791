package import Aggregates
internal import Glibc

/// The shared table as a file in the runtime directory, owned by the one running agent.
///
/// Holding the lock is what makes an agent the one; the kernel lets go of it when the process
/// ends, however it ends. Destroying the value removes what it made.
@safe
package struct TableFile: ~Copyable {
    private let directory: RuntimeDirectory
    private let lock: CInt
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    private let slots: Int

    /// Becomes the running agent, or says who is.
    package init(directory: RuntimeDirectory, slots: Int) throws(AgentError) {
        guard unsafe mkdir(directory.path, 0o755) == 0 || errno == EEXIST else {
            throw .system("mkdir", directory.path)
        }
        let lock = try Self.takeLock(directory)
        let byteCount = TableLayout.byteCount(slots: slots)
        let mapped: UnsafeMutableRawPointer
        do throws(AgentError) {
            unsafe mapped = try Self.create(directory, slots)
        } catch {
            close(lock)
            throw error
        }
        self.lock = lock
        self.directory = directory
        self.slots = slots
        self.byteCount = byteCount
        unsafe memory = mapped
    }

    /// The one lock of the directory, held; or who holds it.
    ///
    /// A reader that looks whether an agent lives holds it for a moment, hence the patience. A
    /// file that its owner unlinked between our open and our lock is not the directory's any more.
    private static func takeLock(_ directory: RuntimeDirectory) throws(AgentError) -> CInt {
        for _ in 0..<20 {
            let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW
            // One that an agent left that was not root is opened, but cannot be made anew (fs.protected_regular).
            var lock = unsafe open(directory.lockPath, flags)
            if lock < 0, errno == ENOENT { lock = unsafe open(directory.lockPath, flags | O_CREAT, 0o600) }
            guard lock >= 0 else { throw .system("open", directory.lockPath) }
            var held = stat()
            var named = stat()
            if flock(lock, LOCK_EX | LOCK_NB) == 0, unsafe fstat(lock, &held) == 0,
                unsafe stat(directory.lockPath, &named) == 0, held.st_ino == named.st_ino
            {
                return lock
            }
            close(lock)
            usleep(10_000)
        }
        throw AgentError(
            .failed,
            "an agent is running already (it holds \(directory.lockPath)): stop it first, or look at it with `headroom top`"
        )
    }

    /// Made beside and renamed into place when it is a table, so that a reader of an older one
    /// keeps its own, and none meets zeros while the probes are loaded.
    private static func create(
        _ directory: RuntimeDirectory, _ slots: Int
    ) throws(AgentError) -> UnsafeMutableRawPointer {
        let byteCount = TableLayout.byteCount(slots: slots)
        let temporary = directory.tablePath + ".new"
        unsafe unlink(temporary)
        let file = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .system("open", temporary) }
        defer { close(file) }
        guard ftruncate(file, off_t(byteCount)) == 0 else { throw .system("ftruncate", temporary) }
        let mapped = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let mapped = unsafe mapped, unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1)
        else { throw .system("mmap", temporary) }
        _ = unsafe SharedTable(mapped: mapped, slots: slots)
        guard unsafe rename(temporary, directory.tablePath) == 0 else {
            throw .system("rename", temporary)
        }
        return unsafe mapped
    }

    /// Gives the files to another user, who may make more in the directory, and remove its own.
    package func handOver(to uid: UInt32, _ gid: UInt32) throws(AgentError) {
        guard unsafe chown(directory.path, geteuid(), gid) == 0, unsafe chmod(directory.path, 0o1775) == 0 else {
            throw .system("chown", directory.path)
        }
        for path in [directory.lockPath, directory.tablePath] {
            guard unsafe lchown(path, uid, gid) == 0 else { throw .system("chown", path) }
        }
    }

    deinit {
        unsafe unlink(directory.tablePath)
        unsafe unlink(directory.lockPath)
        unsafe rmdir(directory.path)
        unsafe munmap(memory, byteCount)
        close(lock)
    }

    /// The table over the file's memory; the file must outlive it.
    package func table() -> SharedTable { unsafe SharedTable(mapped: memory, slots: slots) }

    /// A reader in this process, as another's would be; the file must outlive it too.
    package func reader() throws(AgentError) -> TableReader {
        do throws(TableError) {
            return try unsafe TableReader(
                memory: UnsafeRawPointer(memory), byteCount: byteCount)
        } catch {
            throw AgentError(.failed, "\(directory.tablePath): \(error)")
        }
    }
}
