internal import Glibc
internal import NodeView
internal import Probes

/// What one BPF program took while `doctor` watched it.
struct ProgramCost {
    let program: String
    let runs: UInt64
    /// Nil when it did not run. The kernel's measuring is in it, some 50 ns.
    let nanosecondsPerRun: Double?

    var text: String {
        guard let nanosecondsPerRun else { return "\(program) did not run while watched" }
        let mean = Compact.duration(nanoseconds: nanosecondsPerRun)
        return "\(program) \(mean) a run, the kernel's measuring included (\(runs) runs)"
    }

    /// Watches the profiler's programs for half a second and a few walks. Nothing without
    /// CAP_SYS_ADMIN, which the agent itself can do without.
    static func measure(_ profiler: Profiler) throws(BPFError) -> [ProgramCost] {
        guard BPFStatistics.areAllowed else { return [] }
        let programs = profiler.programIDs
        let statistics = try BPFStatistics()
        for _ in 0..<5 {
            usleep(100_000)
            try unsafe profiler.walk { _ in }
        }
        var costs: [ProgramCost] = []
        for (name, id) in programs {
            let info = try ProgramInfo(id: id)
            let runs = info.runCount
            costs.append(
                ProgramCost(
                    program: name, runs: runs,
                    nanosecondsPerRun: runs == 0
                        ? nil : Double(info.runNanoseconds) / Double(runs)))
        }
        // Counting goes on until here.
        _ = consume statistics
        return costs
    }
}
