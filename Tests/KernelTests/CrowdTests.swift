import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// Far more cgroups than an agent has room for: `HEADROOM_CROWD` of them, 50 000 in docs/faults.md.
    @Suite struct CrowdTests {
        private static let count =
            unsafe getenv("HEADROOM_CROWD").flatMap { unsafe Int(String(cString: $0)) } ?? 5_000 / Host.scale
        private static let interval = Host.scale > 1 ? 1.0 : 0.5
        private static let room = min(4_096 / Host.scale, count / 4)

        /// Directories in groups of a thousand.
        private final class Crowd {
            let parent: TestCgroup
            private(set) var leaves: [String] = []

            init() throws { parent = try TestCgroup(TestCgroup.uniqueName("crowd")) }

            func make(_ count: Int) throws {
                // Without controllers of their own, as below most containers: each is the cheaper.
                for group in 0..<(count + 999) / 1_000 {
                    let directory = "\(parent.directory)/g\(group)"
                    for name in [directory] + (0..<min(1_000, count - group * 1_000)).map({ "\(directory)/c\($0)" }) {
                        guard unsafe mkdir(name, 0o755) == 0 else { throw TestFailure("mkdir \(name): errno \(errno)") }
                        leaves.append(name)
                    }
                }
            }

            func remove() {
                for name in leaves.reversed() { for _ in 0..<100 where unsafe rmdir(name) != 0 && errno == EBUSY { usleep(10_000) } }
                leaves = []
                parent.remove()
            }

            deinit { remove() }
        }

        private func soon(_ what: String, seconds: Int, _ condition: () -> Bool) throws {
            guard !comesTrue(within: seconds, condition) else { return }
            throw TestFailure("not within \(seconds) s: \(what)")
        }

        @Test(arguments: [true, false])
        func moreCgroupsThanThereIsRoomForStillAddUp(isThereAtTheStart: Bool) throws {
            let scratch = try Scratch()
            let crowd = try Crowd()
            let sink = try DatagramSink()
            defer { sink.close() }
            var made = Moment.now.monotonic
            if isThereAtTheStart { try crowd.make(Self.count) }
            made = Moment.now.monotonic - made
            let witness = try LifeWitness(path: scratch.path("lines"), cgroups: [crowd.parent.path])
            let (start, birth) = (Moment.now.monotonic, Moment.now.unix)
            let agent = try scratch.start(
                [
                    "run", "--json", "--interval", "\(Self.interval)", "--horizon", "2", "--max-cgroups", "\(Self.room)",
                    "--overhead-budget", "0",
                ], output: "lines")
            try soon("the first tick: \(scratch.errors)", seconds: 120) { witness.now.ticks > 0 || agent.hasEnded }
            let took = Moment.now.monotonic - start
            let loopback = try NetworkTests.loopbackBytes()
            try soon("a second", seconds: 60) { witness.now.ticks > 1 || agent.hasEnded }
            let before = witness.now
            let used = try crowd.parent.cpuUsageNanoseconds
            if !isThereAtTheStart {
                made = Moment.now.monotonic
                try crowd.make(Self.count)
                made = Moment.now.monotonic - made
            }
            // In the first, which have a place, and in the last, which have none.
            var truth = 0
            let step = max(1, crowd.leaves.count / 40)
            for leaf in stride(from: 1, to: crowd.leaves.count, by: step).map({ crowd.leaves[$0] }) + [crowd.leaves[crowd.leaves.count - 1]]
            {
                let child = try ChildProcess([
                    "/bin/bash", "-c",
                    """
                    echo $$ >'\(leaf)/cgroup.procs'; exec 8<>/dev/udp/127.0.0.1/\(sink.port)
                    for i in {1..200}; do printf '%700s' '' >&8; done; for i in {1..2000}; do :; done
                    """,
                ])
                #expect(child.exitCode == 0)
                truth += 200 * 728
            }
            let end = Moment.now.unix
            try soon("two ticks after the work", seconds: 120) { witness.now.closed > end && witness.now.ticks > before.ticks + 2 }
            let ticks = witness.now.ticks
            try soon("another", seconds: 60) { witness.now.ticks > ticks }
            let carried = Int(try NetworkTests.loopbackBytes() - loopback)
            let after = witness.now
            let kernel = Int(try crowd.parent.cpuUsageNanoseconds - used)
            let told = after.told - before.told
            let sent = after.rootSent - before.rootSent
            // What had a place, and what had none.
            let parts = after.firstSent - before.firstSent + after.otherSent - before.otherSent
            var gone = Moment.now.monotonic
            crowd.remove()
            let removed = Moment.now.monotonic - gone
            try soon("they are gone", seconds: 120) { witness.now.cgroups < Self.room / 2 }
            gone = Moment.now.monotonic - gone
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let life = witness.finish()
            print(
                """
                crowd: \(Self.count) cgroups \(isThereAtTheStart ? "at the start" : "while it runs"), made in \(made) s, room for \(Self.room): first tick \
                after \(took) s; CPU \(told[.cpuOfAll]) of \(kernel) ns, sent \(sent), \(parts) of it by the crowd and (other), for \(sink.bytes) by the crowd, of \(carried) on lo; \
                longest window \(life.longest) s of \(Self.interval), longest walk \(life.longestWalk / 1e6) ms, skipped \(life.losses["tick_skipped"] ?? 0) \
                of \(life.ticks); RSS \(before.residentBytes / 1_048_576) MiB before, \(after.residentBytes / 1_048_576) with them, \
                \(life.residentBytes / 1_048_576) after; removed in \(removed) s, gone after \(gone) s; losses \(life.losses)
                """)
            #expect(sink.bytes == truth)
            #expect(abs(told[.cpuOfAll] - kernel) <= 3_000, "\(told[.cpuOfAll]) of \(kernel) ns")
            // What found no place counts in (other), which is in the root.
            #expect(sent >= truth && sent <= carried, "\(sent) of \(truth), \(carried) on lo")
            #expect(parts >= truth && parts <= sent, "\(parts) of \(truth), \(sent) in all")
            #expect(life.losses["counter_back"] == nil)
            #expect((life.losses["slot_overflow"] ?? 0) > 0 && (life.losses["table_full"] ?? 0) > 0, "\(life.losses)")
            #expect(life.badLines.isEmpty, "\(life.badLines)")
            // Its tables are as large as they were: more cgroups do not make it larger.
            #expect(after.residentBytes < before.residentBytes + 64 * 1_048_576)
            #expect(abs(life.missingTicks(interval: Self.interval, since: birth)) < 1.5)
        }
    }
}
