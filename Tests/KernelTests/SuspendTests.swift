import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// Only where the machine is the test's own (scripts/test-vm).
    @Suite struct SuspendTests {
        private static let obstacle = HostileFault.suspend.obstacle

        @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
        func anAgentGoesOnAfterASuspendAndItsTotalsAddUp() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("suspended"))
            let load = try ChildProcess(shell: "while :; do for i in {1..2000}; do :; done; sleep 0.2; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let birth = Moment.now.unix
            let witness = try LifeWitness(path: scratch.path("lines"), cgroups: [cgroup.path])
            let agent = try scratch.start(
                ["run", "--json", "--interval", "0.5", "--horizon", "2", "--overhead-budget", "0"], output: "lines")
            func soon(_ what: String, _ condition: () -> Bool) throws {
                guard !comesTrue(within: 20 * Host.scale, condition) else { return }
                throw TestFailure("not within \(20 * Host.scale) s: \(what): \(scratch.errors)")
            }
            func compared() throws -> (told: Int, kernel: Int) {
                try TestCgroup.write("1", to: cgroup.directory + "/cgroup.freeze")
                try soon("it stands still") { cgroup.number("frozen", of: "cgroup.events") == 1 }
                let (still, ticks) = (Moment.now.unix, witness.now.ticks)
                try soon("two ticks") { witness.now.closed > still + 0.01 && witness.now.ticks >= ticks + 2 }
                let kernel = Int(try cgroup.cpuUsageNanoseconds)
                let told = witness.now.told[.cpuOfAll]
                try TestCgroup.write("0", to: cgroup.directory + "/cgroup.freeze")
                return (told, kernel)
            }
            try soon("its first tick") { witness.now.ticks > 0 }
            let before = try compared()
            let skipped = witness.now.losses["tick_skipped"] ?? 0
            let times = try Suspend.toMemory(seconds: 5)
            let after = try compared()
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let life = witness.finish()
            let counted = (life.losses["tick_skipped"] ?? 0) - skipped
            print(
                "suspend: \(times.realtime) s, \(times.boottime) by the boot clock, \(times.monotonic) by the monotonic one; \(counted) ticks skipped;",
                "CPU \(after.told - before.told) of \(after.kernel - before.kernel) ns; longest window \(life.longest) s")
            #expect(times.boottime > 3)
            #expect(abs(after.told - before.told - (after.kernel - before.kernel)) <= 3_000)
            // The clock of windows stands still with the machine, or ticks are missing by as much as it went on.
            #expect(abs(life.missingTicks(interval: 0.5, since: birth)) < 1.5)
        }
    }
}
