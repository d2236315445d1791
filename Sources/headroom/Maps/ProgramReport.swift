internal import Agent
internal import Aggregates
internal import Glibc
internal import HeadroomABI
internal import Probes

/// One of the agent's programs: what it is, where it hangs, and what it took in a short window.
struct ProgramReport {
    let name: String
    let info: ProgramInfo
    /// `tp_btf/sched_switch`; empty when it hangs nowhere.
    let attached: [String]
    /// Why it hangs nowhere; "" when it does not.
    let absence: String
    /// When it was loaded, Unix seconds.
    let loadedSeconds: Double
    /// Runs and nanoseconds in the window; nil without one.
    let window: (seconds: Double, runs: UInt64, nanoseconds: UInt64, misses: UInt64)?

    /// All programs of an agent.
    /// - Parameter seconds: how long to watch them; 0: not at all. The kernel times every run of
    ///   every program of the host meanwhile.
    static func all(
        of agent: inout RunningAgent, watching seconds: Double
    ) throws -> [ProgramReport] {
        let programs = agent.programs
        let first = try programs.map { try ProgramInfo.whole(id: $0.id) }
        let points = try AttachPoint.all(of: first)
        let names = try CgroupNames(&agent)
        let unixOfBoot = Self.unixOfBoot()
        let shed = agent.header.shed
        guard seconds > 0 else {
            return zip(programs, first).map {
                report($0.name, $1, nil, 0, points, names, shed, unixOfBoot)
            }
        }
        let statistics = try BPFStatistics()
        let start = MonotonicSeconds.now()
        let before = try programs.map { try ProgramInfo.whole(id: $0.id) }
        sleep(seconds)
        let after = try programs.map { try ProgramInfo.whole(id: $0.id) }
        let elapsed = MonotonicSeconds.now() - start
        // Counting goes on until here.
        _ = consume statistics
        return zip(programs, zip(before, after)).map {
            report($0.name, $1.1, $1.0, elapsed, points, names, shed, unixOfBoot)
        }
    }

    private static func report(
        _ name: String, _ info: ProgramInfo, _ before: ProgramInfo?, _ seconds: Double,
        _ points: [AttachPoint], _ names: CgroupNames, _ shed: UInt32, _ unixOfBoot: Double
    ) -> ProgramReport {
        let attached = points.filter { $0.programID == info.id }.map { point in
            point.hook + (point.cgroupID.map { " \(names.path(ofID: $0))" } ?? "")
        }
        return ProgramReport(
            name: name, info: info, attached: attached,
            absence: attached.isEmpty ? absence(name, shed) : "",
            loadedSeconds: unixOfBoot + Double(info.loadedNanoseconds) / 1e9,
            window: before.map {
                (
                    seconds, info.runCount &- $0.runCount, info.runNanoseconds &- $0.runNanoseconds,
                    info.recursionMisses &- $0.recursionMisses
                )
            })
    }

    private static func absence(_ name: String, _ shed: UInt32) -> String {
        let flags: [ProbeTier: UInt32] = [
            .runQueueDelay: HR_WINDOW_NO_DELAY.rawValue, .network: HR_WINDOW_NO_NETWORK.rawValue,
            .disk: HR_WINDOW_NO_DISK.rawValue,
        ]
        for tier in ProbeTier.allCases
        where tier.programs.contains(name) && shed & flags[tier, default: 0] != 0 {
            return "off: \(tier.name) is shed to keep within the overhead budget"
        }
        return "nowhere: the agent runs it itself"
    }

    private static func sleep(_ seconds: Double) {
        var pause = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        unsafe nanosleep(&pause, nil)
    }

    /// Unix time at the zero of CLOCK_BOOTTIME, by which the kernel says when a program was loaded.
    private static func unixOfBoot() -> Double {
        var boot = timespec()
        var unix = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
        unsafe clock_gettime(CLOCK_REALTIME, &unix)
        return Double(unix.tv_sec - boot.tv_sec) + Double(unix.tv_nsec - boot.tv_nsec) / 1e9
    }

    /// Of the window where there is one, else since load; nil when it never ran while it was timed.
    var nanosecondsPerRun: Double? {
        let runs = window?.runs ?? info.runCount
        guard runs > 0 else { return nil }
        return Double(window?.nanoseconds ?? info.runNanoseconds) / Double(runs)
    }

    func write(to line: inout JSONLine) {
        line.line("program") { line in
            line.field("name", name)
            line.field("id", info.id)
            line.field("program_type", info.type)
            line.field("tag", info.tag)
            line.field("attached", attached)
            if !absence.isEmpty { line.field("not_attached", absence) }
            line.field("loaded_s", loadedSeconds)
            line.field("jited_bytes", info.jitedBytes)
            line.field("translated_bytes", info.translatedBytes)
            line.field("verified_instructions", info.verifiedInstructions)
            if let memory = info.memoryBytes { line.field("memory_bytes", memory) }
            line.field("runs", info.runCount)
            line.field("run_ns", info.runNanoseconds)
            line.field("recursion_misses", info.recursionMisses)
            guard let window else { return }
            line.object("window") { line in
                line.field("seconds", window.seconds)
                line.field("runs", window.runs)
                line.field("run_ns", window.nanoseconds)
                line.field("recursion_misses", window.misses)
            }
        }
    }
}
