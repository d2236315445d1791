internal import Glibc
internal import HeadroomABI

/// The whole host's CPU time and pressure. The kernel keeps neither for the root cgroup where
/// the walk could find it, so its files are read, from descriptors kept open: 2 µs a file.
struct RootFiles: ~Copyable {
    private let cpu: KeptFile
    private let pressure: PressureFiles?

    init(tree: CgroupTree) throws(BPFError) {
        let cpu = try KeptFile("\(tree.mountPoint)/cpu.stat")
        self.cpu = cpu
        pressure = tree.hasPressure ? try? PressureFiles(directory: tree.mountPoint) : nil
    }

    /// `usage_usec` of cpu.stat in nanoseconds.
    func usageNanoseconds() throws(BPFError) -> UInt64 {
        let usage = cpuStat.usage
        guard usage > 0 else {
            throw BPFError(call: "parse usage_usec of", subject: cpu.path, code: EINVAL)
        }
        return usage
    }

    /// What `hr_detail` has room for, of the root with id `id`.
    func detail(id: UInt64, timeNanoseconds: UInt64) -> hr_detail {
        var detail = hr_detail()
        detail.kind = HR_KIND_DETAIL.rawValue
        detail.time_ns = timeNanoseconds
        detail.cgroup_id = id
        cpuStat.fill(&detail)
        pressure?.totals().fill(&detail, timeNanoseconds: timeNanoseconds)
        return detail
    }

    private var cpuStat: CPUStat { unsafe cpu.read { unsafe CPUStat($0) } }
}

/// The three pressure files of one directory, kept open.
private struct PressureFiles: ~Copyable {
    private let cpu: KeptFile
    private let memory: KeptFile
    private let io: KeptFile

    init(directory: String) throws(BPFError) {
        let cpu = try KeptFile("\(directory)/cpu.pressure")
        let memory = try KeptFile("\(directory)/memory.pressure")
        let io = try KeptFile("\(directory)/io.pressure")
        self.cpu = cpu
        self.memory = memory
        self.io = io
    }

    func totals() -> PressureTotals {
        PressureTotals(
            cpu: unsafe cpu.read { unsafe StatFile.pressure($0) },
            memory: unsafe memory.read { unsafe StatFile.pressure($0) },
            io: unsafe io.read { unsafe StatFile.pressure($0) })
    }
}
