import Glibc
import HeadroomABI
import Testing

extension Observer {
    /// Burns CPU in a new cgroup over windows of 0.3 s: what was counted has to be what its
    /// cpu.stat says.
    /// - Parameter least: nanoseconds without which the load did not run.
    func expectBurnIsCounted(
        in cgroup: TestCgroup, processes: Int, windows: Int, atLeast least: UInt64
    ) throws {
        let burners = try (0..<processes).map { _ in
            try ChildProcess(shell: "while :; do :; done", in: cgroup)
        }
        for _ in 0..<windows {
            usleep(300_000)
            try tick()
        }
        for burner in burners { burner.stop(SIGKILL) }
        let truth = try cgroup.cpuUsageNanoseconds
        try tick()
        #expect(truth > least, "the load did not run: \(truth) ns")
        expectClose(total(cgroup.path) { $0.cpu_ns }, truth, within: 0.005, "CPU time")
    }
}
