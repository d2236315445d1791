internal import Glibc
internal import Probes

/// Measures the agent's own cost: its CPU time, memory, and what its probes take.
///
/// The kernel counts program runs only while asked to, and that costs two clock reads a run;
/// so it is asked for one interval in `calmPeriod`, or in `alertPeriod` when the budget is
/// near or something was shed. What it counts includes its own reading of the clock.
struct SelfMeter: ~Copyable {
    private let programs: [(descriptor: CInt, tier: ProbeTier?)]
    /// Has the kernel count, or not; false when it refuses.
    private let count: (Bool) -> Bool
    private var isCounting = false
    private var before = Totals()
    private var ticksUntilMeasuring = 1
    private var lastCPU: (nanoseconds: UInt64, time: Int64) = (0, 0)
    private var measuredCPU: (nanoseconds: UInt64, time: Int64) = (0, 0)
    private(set) var probeNanosecondsPerSecond: Double?
    private(set) var recursionMisses: UInt64 = 0
    private static let calmPeriod = 15
    private static let alertPeriod = 3

    private struct Totals {
        var nanoseconds: UInt64 = 0
        var byTier: [ProbeTier: UInt64] = [:]
        var misses: UInt64 = 0
        var time: Int64 = 0
    }

    /// - Parameters:
    ///   - programs: descriptors, which have to stay open.
    ///   - count: has the kernel count their runs, or not; false when it refuses.
    init(programs: [(name: String, descriptor: CInt)], count: @escaping (Bool) -> Bool) {
        self.count = count
        self.programs = programs.map { program in
            (program.descriptor, ProbeTier.allCases.first { $0.programs.contains(program.name) })
        }
    }

    /// Call once a tick.
    /// - Returns: a measurement, when a measuring window has just ended.
    mutating func update(
        _ report: inout SelfReport, isAlert: Bool
    ) -> OverheadGovernor.Measurement? {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
            + UInt64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000
        let now = MonotonicClock.now()
        let tierCores = measureProbes(isAlert: isAlert)
        if lastCPU.time > 0, now > lastCPU.time {
            report.cpuCores = Double(cpu - lastCPU.nanoseconds) / Double(now - lastCPU.time)
        }
        lastCPU = (cpu, now)
        report.cpuNanoseconds = cpu
        report.residentBytes = Self.residentBytes()
        report.probeNanosecondsPerSecond = probeNanosecondsPerSecond
        guard let tierCores else { return nil }
        defer { measuredCPU = (cpu, now) }
        // The first span holds the start, which is not the running agent's cost.
        guard measuredCPU.time > 0, now > measuredCPU.time else { return nil }
        return OverheadGovernor.Measurement(
            agentCores: Double(cpu - measuredCPU.nanoseconds) / Double(now - measuredCPU.time),
            tierCores: tierCores)
    }

    /// Begins or ends a measuring window; the tiers' cores at its end.
    private mutating func measureProbes(isAlert: Bool) -> [ProbeTier: Double]? {
        if isCounting {
            let after = totals()
            isCounting = false
            _ = count(false)
            ticksUntilMeasuring = (isAlert ? Self.alertPeriod : Self.calmPeriod) - 1
            recursionMisses = after.misses
            let elapsed = Double(after.time - before.time)
            guard elapsed > 0 else { return nil }
            probeNanosecondsPerSecond =
                Double(after.nanoseconds &- before.nanoseconds) * 1e9 / elapsed
            var cores: [ProbeTier: Double] = [:]
            for (tier, value) in after.byTier {
                cores[tier] = Double(value &- before.byTier[tier, default: 0]) / elapsed
            }
            return cores
        }
        ticksUntilMeasuring -= 1
        guard ticksUntilMeasuring <= 0 else { return nil }
        guard count(true) else {
            // The agent said so at its start; its own process is held to the budget all the same.
            ticksUntilMeasuring = Self.calmPeriod
            return [:]
        }
        isCounting = true
        before = totals()
        return nil
    }

    private func totals() -> Totals {
        var totals = Totals()
        for (descriptor, tier) in programs {
            guard let info = try? ProgramInfo(descriptor: descriptor) else { continue }
            totals.nanoseconds += info.runNanoseconds
            totals.misses += info.recursionMisses
            if let tier { totals.byTier[tier, default: 0] += info.runNanoseconds }
        }
        totals.time = MonotonicClock.now()
        return totals
    }

    private static func residentBytes() -> UInt64 {
        guard let text = try? TextFile.read("/proc/self/statm") else { return 0 }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
