internal import Agent
internal import Aggregates
internal import Forecast
internal import Glibc
internal import HeadroomABI

/// What an agent has learned of one cgroup, from its checkpoint: fresh if it runs, else as of its
/// end.
struct LearnedSeries {
    struct Series {
        let key: SeriesKey
        let forecaster: SeriesForecaster
    }

    let series: [Series]
    /// When the checkpoint was written, Unix nanoseconds.
    let savedNanoseconds: UInt64
    let agentRuns: Bool

    static func of(
        _ cgroup: String, in state: StateDirectory, agent: RuntimeDirectory, resources: [Resource]
    ) throws(AgentError) -> LearnedSeries {
        let file = state.checkpoint
        let agentRuns = TableAttachment.agentRuns(in: agent)
        if agentRuns { try refresh(file, agent) }
        guard let checkpoint = try file.look() else {
            throw AgentError(
                .failed,
                "\(file.path): there is no checkpoint yet: start an agent with `sudo headroom run`")
        }
        // Of two cgroups of one path the later has the larger id, but for a wrap in 2^64.
        let all = checkpoint.keys.enumerated().compactMap { index, text in
            SeriesKey(text).map { (index: index, key: $0) }
        }
        let own = all.filter { $0.key.path == cgroup }
        guard let newest = own.map(\.key.cgroupID).max() else {
            let near = Set(all.map(\.key.path)).filter { $0.hasPrefix(cgroup) || $0.hasSuffix(cgroup) }
            throw AgentError(
                .failed,
                "nothing was learned of a cgroup \(cgroup); "
                    + (near.isEmpty
                        ? "`headroom forecast` lists those that have forecasts"
                        : "known are \(near.sorted().prefix(5).joined(separator: ", "))"))
        }
        var series: [Series] = []
        for (index, key) in own
        where key.cgroupID == newest && resources.contains(key.resource) {
            do throws(CheckpointError) {
                series.append(Series(key: key, forecaster: try checkpoint.series(at: index)))
            } catch {
                throw AgentError(.failed, "\(file.path): \(error)")
            }
        }
        return LearnedSeries(
            series: series, savedNanoseconds: modified(file) ?? 0, agentRuns: agentRuns)
    }

    /// Has the agent write a checkpoint, which it does with its next tick.
    private static func refresh(
        _ file: CheckpointFile, _ directory: RuntimeDirectory
    ) throws(AgentError) {
        var attachment = try TableAttachment(directory: directory)
        let header = attachment.reader.header()
        let before = modified(file)
        guard let pid = pid_t(exactly: header?.agent_pid ?? 0), pid > 0,
            kill(pid, SIGUSR1) == 0
        else { return }
        let interval = header?.interval_ns ?? 1_000_000_000
        // A tick, and the disk.
        let patience = min(interval, 60_000_000_000) / 50_000_000 + 200
        for _ in 0..<patience {
            usleep(50_000)
            if modified(file) != before { return }
        }
        StandardError.complain(
            "the agent has not written a checkpoint: this is from the one before")
    }

    private static func modified(_ file: CheckpointFile) -> UInt64? {
        var status = stat()
        guard unsafe stat(file.path, &status) == 0 else { return nil }
        return UInt64(status.st_mtim.tv_sec) * 1_000_000_000 + UInt64(status.st_mtim.tv_nsec)
    }
}
