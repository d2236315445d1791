internal import CLibBPF
internal import Glibc
internal import HeadroomABI

/// Details that only files tell, of cgroups that did something, in turn.
///
/// memory.stat is the one on kernels with a walk of their own: what it is printed from lies
/// behind an index that BTF does not describe. Before 6.1 there are more. A file takes 5 to
/// 20 µs, so a walk reads few of them. Keep it on the profiler's thread.
final class DetailFiles {
    private let mount: CInt
    private let parts: UInt32
    private var turns: FileTurns
    private let tree: CgroupTree
    /// Where cgroups are, by id: only where the kernel does not open one by its id, which takes
    /// CAP_DAC_READ_SEARCH.
    private var paths: [UInt64: String]?
    private var lastScan: UInt64 = 0

    /// - Parameters:
    ///   - parts: of `hr_detail_parts`, those to read.
    ///   - maxCgroups: how many are followed at most.
    init(tree: CgroupTree, parts: UInt32, maxCgroups: Int) throws(BPFError) {
        mount = unsafe Glibc.open(tree.mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard mount >= 0 else { throw .last("open", tree.mountPoint) }
        self.parts = parts
        self.tree = tree
        turns = FileTurns(capacity: maxCgroups)
    }

    deinit { Glibc.close(mount) }

    /// A cgroup did something.
    func changed(_ id: UInt64) { turns.changed(id) }

    func removed(_ id: UInt64) {
        turns.removed(id)
        paths?[id] = nil
    }

    /// A walk is over: hands over the details of the cgroups whose turn it is.
    func walked(timeNanoseconds: UInt64, _ body: (UnsafeRawBufferPointer) -> Void) {
        for id in turns.walked() {
            guard let directory = open(id) else {
                turns.missed(id)
                continue
            }
            defer { Glibc.close(directory) }
            var detail = hr_detail()
            detail.kind = HR_KIND_DETAIL.rawValue
            detail.time_ns = timeNanoseconds
            detail.cgroup_id = id
            if parts & HR_PART_MEMORY_STAT.rawValue != 0 { Self.readMemoryStat(directory, &detail) }
            if parts & HR_PART_LIMITS.rawValue != 0 { Self.readLimits(directory, &detail) }
            if parts & HR_PART_CPU_LIMIT.rawValue != 0 { Self.readCPULimit(directory, &detail) }
            if parts & HR_PART_PRESSURE.rawValue != 0 {
                Self.readPressure(directory, &detail, timeNanoseconds: timeNanoseconds)
            }
            guard detail.parts != 0 else { continue }
            unsafe withUnsafeBytes(of: &detail) { unsafe body($0) }
        }
    }

    /// The directory of a cgroup, by its id: nil when it is gone.
    private func open(_ id: UInt64) -> CInt? {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        if paths == nil {
            let descriptor = headroomOpenCgroup(mount, id, flags)
            if descriptor >= 0 { return descriptor }
            guard errno == EPERM else { return nil }
            paths = [:]
        }
        // A scan takes some 5 µs a cgroup, so new ones wait for the next that is due.
        if paths?[id] == nil, lastScan == 0 || turns.walks >= lastScan + FileTurns.pause {
            lastScan = turns.walks
            var found: [UInt64: String] = [:]
            try? tree.scan { found[$0] = $1 }
            paths = found
        }
        guard let path = paths?[id] else { return nil }
        let descriptor = unsafe Glibc.open(tree.mountPoint + path, flags)
        guard descriptor >= 0 else { return nil }
        // Another may have been made under its path since.
        var status = stat()
        if unsafe fstat(descriptor, &status) == 0, UInt64(status.st_ino) == id { return descriptor }
        Glibc.close(descriptor)
        paths?[id] = nil
        return nil
    }

    // MARK: Files

    static func readMemoryStat(_ directory: CInt, _ detail: inout hr_detail) {
        var hasKernel = false
        var partsOfKernel: UInt64 = 0
        let isThere: Void? = unsafe StatFile.read("memory.stat", in: directory) { text in
            unsafe StatFile.forEach(text) { name, value in
                if unsafe StatFile.equal(name, "anon") {
                    detail.memory_anon_bytes = value
                } else if unsafe StatFile.equal(name, "file") {
                    detail.memory_file_bytes = value
                } else if unsafe StatFile.equal(name, "kernel") {
                    detail.memory_kernel_bytes = value
                    hasKernel = true
                } else if unsafe StatFile.equal(name, "pgmajfault") {
                    detail.major_faults = value
                } else if unsafe StatFile.equal(name, "workingset_refault_anon")
                    || StatFile.equal(name, "workingset_refault_file")
                    || StatFile.equal(name, "workingset_refault")
                {
                    detail.refaults &+= value
                } else if unsafe StatFile.equal(name, "kernel_stack")
                    || StatFile.equal(name, "pagetables") || StatFile.equal(name, "percpu")
                    || StatFile.equal(name, "slab")
                {
                    partsOfKernel &+= value
                }
            }
        }
        guard isThere != nil else { return }
        // The line `kernel` came with 5.18.
        if !hasKernel { detail.memory_kernel_bytes = partsOfKernel }
        detail.parts |= HR_PART_MEMORY.rawValue | HR_PART_MEMORY_STAT.rawValue
    }

    static func readLimits(_ directory: CInt, _ detail: inout hr_detail) {
        let limit = unsafe StatFile.read("memory.max", in: directory) { text -> UInt64 in
            unsafe StatFile.limit(text) ?? .max
        }
        var events: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        let isThere: Void? = unsafe StatFile.read("memory.events", in: directory) { text in
            unsafe StatFile.forEach(text) { name, value in
                let count = UInt32(truncatingIfNeeded: value)
                if unsafe StatFile.equal(name, "high") { events.0 = count }
                if unsafe StatFile.equal(name, "max") { events.1 = count }
                if unsafe StatFile.equal(name, "oom") { events.2 = count }
                if unsafe StatFile.equal(name, "oom_kill") { events.3 = count }
            }
        }
        guard let limit, isThere != nil else { return }
        detail.memory_limit_bytes = limit
        detail.memory_events = events
        detail.parts |= HR_PART_LIMITS.rawValue
    }

    static func readCPULimit(_ directory: CInt, _ detail: inout hr_detail) {
        // "max 100000" or "150000 100000", in µs.
        let limit = unsafe StatFile.read("cpu.max", in: directory) { text -> (UInt64, UInt64) in
            var at = unsafe (text.firstIndex(of: 32) ?? text.count) + 1
            let quota = unsafe StatFile.limit(text) ?? 0
            return (quota &* 1000, unsafe StatFile.number(text, &at) &* 1000)
        }
        guard let limit else { return }
        detail.cpu_limit_quota_ns = limit.0
        detail.cpu_limit_period_ns = limit.1
        detail.parts |= HR_PART_CPU_LIMIT.rawValue
    }

    static func readPressure(
        _ directory: CInt, _ detail: inout hr_detail, timeNanoseconds: UInt64
    ) {
        let cpu = unsafe StatFile.read("cpu.pressure", in: directory) { unsafe StatFile.pressure($0) }
        let memory = unsafe StatFile.read("memory.pressure", in: directory) {
            unsafe StatFile.pressure($0)
        }
        let io = unsafe StatFile.read("io.pressure", in: directory) { unsafe StatFile.pressure($0) }
        guard let cpu, let memory, let io else { return }
        PressureTotals(cpu: cpu, memory: memory, io: io)
            .fill(&detail, timeNanoseconds: timeNanoseconds)
    }
}
