import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct CPUTests {
        @Test(arguments: ProbeMode.ofThisKernel)
        func burningCgroupAddsUpToItsCPUStat(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("burn"))
            try observer.expectBurnIsCounted(
                in: cgroup, processes: 2, windows: 5, atLeast: 500_000_000)
        }

        @Test func twoHundredShortLivedCgroupsLoseNothing() throws {
            let observer = try Observer()
            let parent = try TestCgroup(TestCgroup.uniqueName("short"))
            var truth: UInt64 = 0
            var paths: [String] = []
            let count = 200 / min(4, Host.scale)
            for index in 0..<count {
                let cgroup = try TestCgroup("c\(index)", in: parent.path)
                let child = try ChildProcess(
                    shell: "i=0; while [ $i -lt 1500 ]; do i=$((i+1)); done", in: cgroup)
                child.wait()
                truth += try cgroup.cpuUsageNanoseconds
                paths.append(cgroup.path)
                cgroup.remove()
                // Most of them live and die between two walks.
                if index % 25 == 24 { try observer.tick() }
            }
            let used = try parent.cpuUsageNanoseconds
            try observer.tick()
            let measured = paths.reduce(0) { $0 + observer.total($1) { $0.cpu_ns } }
            #expect(truth > 100_000_000, "the load did not run: \(truth) ns")
            expectClose(measured, truth, within: 0.005, "CPU time of \(count) short-lived cgroups")
            expectClose(
                observer.total(parent.path) { $0.cpu_ns }, from: used, to: try parent.cpuUsageNanoseconds,
                within: 0.005, "CPU time of their parent")
            #expect(observer.retiredPaths.filter { $0.hasPrefix(parent.path + "/") }.count == count)
            #expect(observer.loss("removal_missed") == 0)
        }

        @Test(arguments: ProbeMode.ofThisKernel)
        func runQueueDelayAgreesWithTheSchedulersOwnAccount(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("delay"))
            let burners = try (0..<4).map { _ in
                try ChildProcess(shell: "exec taskset -c 0 bash -c 'while :; do :; done'", in: cgroup)
            }
            usleep(500_000)
            // Each total is taken between two readings: three tasks wait while the fourth runs the
            // test's own code, for a tenth of a second on an emulated CPU. There 3.04 and 4.66 % were
            // missing once each, on a slow machine; cause not found.
            let tolerance = Host.scale > 1 ? 0.08 : 0.03
            let earliest = try Self.runDelay(burners)
            try observer.tick()
            let before = try Self.runDelay(burners)
            let counted = observer.total(cgroup.path) { $0.delay_ns }
            usleep(5_000_000)
            let after = try Self.runDelay(burners)
            try observer.tick()
            let latest = try Self.runDelay(burners)
            for burner in burners { burner.stop(SIGKILL) }
            #expect(after - before > 7_500_000_000, "the tasks did not compete: \(after - before) ns")
            expectClose(
                observer.total(cgroup.path) { $0.delay_ns } - counted, from: after - before,
                to: latest - earliest, within: tolerance, "run-queue delay against /proc/PID/schedstat")
        }

        /// Nanoseconds that the processes waited for a CPU, as /proc tells it.
        private static func runDelay(_ children: [ChildProcess]) throws -> UInt64 {
            try children.reduce(0) { sum, child in
                let fields = try TextFile.read("/proc/\(child.pid)/schedstat").split(separator: " ")
                return sum + (UInt64(fields[1]) ?? 0)
            }
        }
    }
}
