internal import Glibc
internal import Probes

/// Measures the agent's own cost: its CPU time, memory, and what its probes take.
///
/// The kernel counts program runs only while asked to, and that costs two clock reads a run;
/// so it is asked for one interval in `period`.
struct SelfMeter: ~Copyable {
    private let programs: [UInt32]
    private var statistics: BPFStatistics?
    private var before: (nanoseconds: UInt64, time: Int64) = (0, 0)
    private var tick = 0
    private var lastCPU: (nanoseconds: UInt64, time: Int64) = (0, 0)
    private(set) var probeNanosecondsPerSecond: Double?
    private(set) var recursionMisses: UInt64 = 0
    private static let period = 15

    init(programs: [UInt32]) { self.programs = programs }

    /// Call once a tick.
    mutating func update(_ report: inout SelfReport) {
        measureProbes()
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
            + UInt64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000
        let now = MonotonicClock.now()
        if lastCPU.time > 0, now > lastCPU.time {
            report.cpuCores = Double(cpu - lastCPU.nanoseconds) / Double(now - lastCPU.time)
        }
        lastCPU = (cpu, now)
        report.cpuNanoseconds = cpu
        report.residentBytes = Self.residentBytes()
        report.probeNanosecondsPerSecond = probeNanosecondsPerSecond
    }

    private mutating func measureProbes() {
        defer { tick += 1 }
        if statistics != nil {
            let after = runTotals()
            let elapsed = MonotonicClock.now() - before.time
            if elapsed > 0 {
                probeNanosecondsPerSecond =
                    Double(after.nanoseconds &- before.nanoseconds) * 1e9 / Double(elapsed)
            }
            recursionMisses = after.misses
            statistics = nil
        } else if tick % Self.period == 1 {
            // Without the right to count, the figure stays unknown; nothing else depends on it.
            guard let counting = try? BPFStatistics() else { return }
            statistics = consume counting
            before = (runTotals().nanoseconds, MonotonicClock.now())
        }
    }

    private func runTotals() -> (nanoseconds: UInt64, misses: UInt64) {
        var total: (nanoseconds: UInt64, misses: UInt64) = (0, 0)
        for id in programs {
            guard let info = try? ProgramInfo(id: id) else { continue }
            total.nanoseconds += info.runNanoseconds
            total.misses += info.recursionMisses
        }
        return total
    }

    private static func residentBytes() -> UInt64 {
        guard let text = try? TextFile.read("/proc/self/statm") else { return 0 }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
