internal import BenchSupport
internal import Glibc
internal import Probes

/// The cgroups the benchmarks make, all under `headroom-bench`, and gone when the value goes.
///
/// `sweep` removes what a killed run left, and what an interrupted one leaves.
final class CgroupForest {
    let root: String
    private(set) var count = 0
    private var entries: [CInt] = []

    private static let name = "headroom-bench"

    init() throws {
        let tree = try CgroupTree()
        root = "\(tree.mountPoint)/\(Self.name)"
        Self.sweep()
        guard unsafe mkdir(root, 0o755) == 0 else { throw BenchError.last("mkdir", root) }
    }

    deinit {
        for entry in entries { close(entry) }
        Self.sweep()
    }

    /// Makes cgroups until there are `count`, 100 to a parent, as slices hold pods.
    func grow(to count: Int) throws {
        raiseDescriptorLimit(count + 256)
        while self.count < count {
            let group = "\(root)/g\(self.count / 100)"
            if self.count % 100 == 0 {
                guard unsafe mkdir(group, 0o755) == 0 else { throw BenchError.last("mkdir", group) }
            } else {
                let path = "\(group)/c\(self.count)"
                guard unsafe mkdir(path, 0o755) == 0 else { throw BenchError.last("mkdir", path) }
            }
            self.count += 1
        }
    }

    /// Moves this process into a cgroup of its own, so that loads are not the root's.
    func enter() throws {
        let path = "\(root)/load"
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw BenchError.last("mkdir", path)
        }
        try Self.moveSelf(to: path)
    }

    static func moveSelf(to directory: String) throws {
        let path = "\(directory)/cgroup.procs"
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError.last("open", path) }
        defer { close(descriptor) }
        guard unsafe write(descriptor, "0", 1) == 1 else { throw BenchError.last("write", path) }
    }

    /// Burns a few microseconds of CPU in every cgroup, and waits for a CPU once: this process
    /// passes through them all and naps in each.
    func touchAll() throws {
        if entries.count != count {
            for entry in entries { close(entry) }
            entries = try (0..<count).map { index in
                let group = "\(root)/g\(index / 100)"
                let path = (index % 100 == 0 ? group : "\(group)/c\(index)") + "/cgroup.procs"
                let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw BenchError.last("open", path) }
                return descriptor
            }
        }
        for entry in entries {
            guard unsafe write(entry, "0", 1) == 1 else {
                throw BenchError.last("write", "cgroup.procs")
            }
            benchNap()
        }
        try Self.moveSelf(to: String(root.dropLast(Self.name.count + 1)))
    }

    private func raiseDescriptorLimit(_ wanted: Int) {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < rlim_t(wanted) else { return }
        limit.rlim_cur = rlim_t(wanted)
        limit.rlim_max = max(limit.rlim_max, limit.rlim_cur)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Removes every cgroup of ours, this process leaving them first.
    static func sweep() {
        guard let tree = try? CgroupTree() else { return }
        let root = "\(tree.mountPoint)/\(name)"
        guard unsafe access(root, F_OK) == 0 else { return }
        try? moveSelf(to: tree.mountPoint)
        remove(root)
    }

    private static func remove(_ path: String) {
        if let directory = unsafe opendir(path) {
            while let entry = unsafe readdir(directory) {
                guard unsafe entry.pointee.d_type == UInt8(DT_DIR) else { continue }
                let child = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                    unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if child != ".", child != ".." { remove("\(path)/\(child)") }
            }
            unsafe closedir(directory)
        }
        // A process that has just left may still be on its way out.
        for _ in 0..<50 where unsafe rmdir(path) != 0 && errno == EBUSY { usleep(2000) }
    }
}
