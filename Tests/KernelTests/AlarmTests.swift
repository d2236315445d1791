import Aggregates
import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    /// What does not wait for the next tick is there within 10 ms.
    @Suite struct AlarmTests {
        /// 10 ms, and what an emulated machine takes longer.
        private static let limit = UInt64(10_000_000 * Host.scale)

        @Test func waitForACPUIsToldAtOnce() throws {
            var configuration = ProfilerConfiguration()
            configuration.stallNanoseconds = 100_000_000
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("stall"))
            let sleeper = try ChildProcess(
                shell: "exec taskset -c 1 bash -c 'while :; do sleep 0.02; done'", in: cgroup)
            usleep(200_000)
            try observer.tick()
            let hog = try ChildProcess([
                "/usr/bin/env", "chrt", "--fifo", "1", "taskset", "-c", "1",
                "bash", "-c", "while :; do :; done",
            ])
            // The wait ends when the kernel's guard against such hogs steps in, or with the hog.
            // An emulated machine takes its time to start it.
            let early = observer.waitForAlarm(
                .cpuStall, of: cgroup.path, milliseconds: 300 * Host.scale)
            hog.stop(SIGKILL)
            let told = try #require(
                early ?? observer.waitForAlarm(.cpuStall, of: cgroup.path, milliseconds: 5000))
            sleeper.stop(SIGKILL)
            #expect(told.alarm.value >= 100_000_000)
            #expect(told.delayNanoseconds < Self.limit, "told after \(told.delayNanoseconds) ns")
            try observer.tick()
            let longest = observer.details(cgroup.path).map(\.delay_max_ns).max() ?? 0
            #expect(longest >= told.alarm.value)
        }

        @Test(.enabled(if: PressureTests.isKept, "this kernel keeps no pressure"))
        func hostThatStallsOnItsDiskIsTold() throws {
            let file = Host.diskDirectory + "/headroom-stall-test-\(getpid())"
            defer { unsafe unlink(file) }
            var configuration = ProfilerConfiguration()
            configuration.stallNanoseconds = 10_000_000
            let observer = try Observer(configuration)
            let writer = try ChildProcess([
                "/bin/bash", "-c",
                "while :; do dd if=/dev/zero of='\(file)' bs=64k count=100 oflag=dsync 2>/dev/null; done",
            ])
            let told = observer.waitForPressure(.ioStall, milliseconds: 20_000)
            writer.stop(SIGKILL)
            let alarm = try #require(told)
            #expect(alarm.path == "/")
        }

        @Test func shortWaitsAreNoAlarm() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("calm"))
            let loads = try (0..<2).map { _ in
                try ChildProcess(shell: "exec taskset -c 0 bash -c 'while :; do :; done'", in: cgroup)
            }
            let told = observer.waitForAlarm(.cpuStall, of: cgroup.path, milliseconds: 700)
            for load in loads { load.stop(SIGKILL) }
            #expect(Host.scale > 1 || told == nil, "waited \(told?.alarm.value ?? 0) ns")
        }

        @Test(.enabled(if: Host.has("cpu"), "needs the cpu controller on the v2 tree"))
        func throttlingIsToldAtItsOnsetAndCounted() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("throttle"))
            try TestCgroup.write("20000 100000", to: cgroup.directory + "/cpu.max")
            try observer.tick()
            let burner = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            let told = try #require(
                observer.waitForAlarm(.throttled, of: cgroup.path, milliseconds: 5000))
            #expect(told.delayNanoseconds < Self.limit, "told after \(told.delayNanoseconds) ns")
            // Once, though each period stops it again.
            #expect(observer.waitForAlarm(.throttled, of: cgroup.path, milliseconds: 900) == nil)
            usleep(300_000)
            burner.stop(SIGKILL)
            try observer.tick()
            let throttled = try #require(cgroup.number("nr_throttled", of: "cpu.stat"))
            let nanoseconds = try #require(cgroup.number("throttled_usec", of: "cpu.stat")) * 1000
            #expect(throttled >= 5)
            let measured = observer.detailTotal(cgroup.path) { $0.throttled_periods }
            #expect(measured <= throttled && measured + 1 >= throttled, "\(measured) of \(throttled)")
            expectClose(
                observer.detailTotal(cgroup.path) { $0.throttled_ns }, nanoseconds, within: 0.15,
                "throttled time")
            #expect(observer.details(cgroup.path).last?.cpu_limit_cores == 0.2 || !Host.walksInKernel)
        }

        /// As a pod's limit stops a container that has one of its own which it does not reach.
        @Test(.enabled(if: Host.has("cpu"), "needs the cpu controller on the v2 tree"))
        func throttlingNamesTheCgroupWhoseLimitWasReached() throws {
            let observer = try Observer()
            let pod = try TestCgroup(TestCgroup.uniqueName("pod"))
            let container = try TestCgroup("container", in: pod.path)
            try TestCgroup.write("20000 100000", to: pod.directory + "/cpu.max")
            try TestCgroup.write("90000 100000", to: container.directory + "/cpu.max")
            try observer.tick()
            let burner = try ChildProcess(shell: "while :; do :; done", in: container)
            let told = observer.waitForAlarm(.throttled, of: pod.path, milliseconds: 5000)
            #expect(told != nil)
            #expect(observer.waitForAlarm(.throttled, of: container.path, milliseconds: 1500) == nil)
            burner.stop(SIGKILL)
            #expect(container.number("nr_throttled", of: "cpu.stat") == 0)
            #expect(pod.number("nr_throttled", of: "cpu.stat") ?? 0 > 0)
        }

        @Test(.enabled(if: Host.has("memory"), "needs the memory controller on the v2 tree"))
        func oomKillIsToldAtOnceWithItsVictim() throws {
            let observer = try Observer()
            let parent = try TestCgroup(TestCgroup.uniqueName("oom"))
            let cgroup = try TestCgroup("inside", in: parent.path)
            try TestCgroup.write("16777216", to: cgroup.directory + "/memory.max")
            try? TestCgroup.write("0", to: cgroup.directory + "/memory.swap.max")
            try observer.tick()
            let victim = try ChildProcess(
                shell: "exec dd if=/dev/zero of=/dev/null bs=64M count=3 2>/dev/null", in: cgroup)
            let told = try #require(
                observer.waitForAlarm(.oomKill, of: cgroup.path, milliseconds: 10_000))
            victim.wait()
            #expect(told.alarm.value == UInt64(victim.pid))
            #expect(told.delayNanoseconds < Self.limit, "told after \(told.delayNanoseconds) ns")
            for _ in 0..<3 { try observer.tick() }
            if Host.walksInKernel {
                let kills = observer.detailTotal(cgroup.path) { $0.memory_events.3 }
                #expect(kills == cgroup.number("oom_kill", of: "memory.events"))
                #expect(observer.details(cgroup.path).last?.memoryLimit == 16_777_216)
            }
        }
    }
}
