import Aggregates
import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    /// Finer figures against the kernel's own files, or what the load itself did.
    @Suite struct DetailTests {
        @Test(arguments: ProbeMode.ofThisKernel)
        func userAndSystemTimeAreThoseOfCPUStat(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("split"))
            let children = [
                try ChildProcess(shell: "while :; do :; done", in: cgroup),
                try ChildProcess(shell: "exec dd if=/dev/zero of=/dev/null bs=512 2>/dev/null", in: cgroup),
            ]
            for _ in 0..<4 {
                usleep(500_000)
                try observer.tick()
            }
            for child in children { child.stop(SIGKILL) }
            try observer.tick()
            let user = try #require(cgroup.number("user_usec", of: "cpu.stat")) * 1000
            let system = try #require(cgroup.number("system_usec", of: "cpu.stat")) * 1000
            #expect(user > 300_000_000 && system > 100_000_000, "the load did not run")
            // The kernel splits when the file is read, we at each window: both by the same ticks.
            let measuredUser = observer.detailTotal(cgroup.path) { $0.cpu_user_ns }
            let measuredSystem = observer.detailTotal(cgroup.path) { $0.cpu_system_ns }
            expectClose(measuredUser, user, within: 0.03, "user time")
            expectClose(measuredSystem, system, within: 0.03, "system time")
            expectClose(measuredUser + measuredSystem, user + system, within: 0.005, "their sum")
        }

        @Test func delayHistogramHoldsEveryWaitAndItsMaximum() throws {
            let observer = try Observer()
            let parent = try TestCgroup(TestCgroup.uniqueName("waits"))
            let cgroup = try TestCgroup("burners", in: parent.path)
            let burners = try (0..<3).map { _ in
                try ChildProcess(shell: "exec taskset -c 0 bash -c 'while :; do :; done'", in: cgroup)
            }
            for _ in 0..<4 {
                usleep(300_000)
                try observer.tick()
            }
            for burner in burners { burner.stop(SIGKILL) }
            try observer.tick()
            for path in [cgroup.path, parent.path] {
                let counted = observer.details(path).reduce(UInt64(0)) {
                    $0 + $1.delayBuckets.reduce(0) { $0 + UInt64($1) }
                }
                #expect(counted == observer.total(path) { $0.delay_count }, "\(path)")
                #expect(counted > 20, "the tasks did not compete")
                let longest = observer.details(path).map(\.delay_max_ns).max() ?? 0
                let mean = observer.total(path) { $0.delay_ns } / max(1, counted)
                #expect(longest >= mean && longest < 2_000_000_000, "longest \(longest), mean \(mean)")
                // The bucket of the longest wait is the last that is not empty.
                let buckets = observer.details(path).map(\.delayBuckets)
                let last = (0..<Int(HR_DELAY_BUCKETS)).last { at in buckets.contains { $0[at] > 0 } }
                let expected = longest < 1024 ? 0 : 64 - (longest >> 10).leadingZeroBitCount
                #expect(last == expected, "longest \(longest)")
            }
        }

        /// Waits that end while a walk is on its way to their cgroup are the difficult ones: so, a
        /// long way, and long waits beside short ones.
        @Test(.enabled(if: Host.walksInKernel, "the walk in user space copies maximum and histogram one after the other"))
        func noWindowCountsAWaitLongerThanItTells() throws {
            let parent = try TestCgroup(TestCgroup.uniqueName("longest"))
            let before = try (0..<2000 / Host.scale).map { try TestCgroup("c\($0)", in: parent.path) }
            defer { for cgroup in before { cgroup.remove() } }
            let cgroup = try TestCgroup("waiting", in: parent.path)
            let observer = try Observer()
            let burners = try ["while :; do :; done", "while :; do :; done", "while :; do sleep 0.001; done"]
                .map { try ChildProcess(shell: "exec taskset -c 0 bash -c '\($0)'", in: cgroup) }
            for _ in 0..<200 / Host.scale {
                usleep(15_000)
                try observer.tick()
            }
            for burner in burners { burner.stop(SIGKILL) }
            try observer.tick()
            var told = 0
            var short = 0
            for detail in observer.details(cgroup.path) {
                guard let last = detail.delayBuckets.lastIndex(where: { $0 > 0 }) else { continue }
                told += 1
                let longest = detail.delay_max_ns
                let bucket = longest < 1024 ? 0 : 64 - (longest >> 10).leadingZeroBitCount
                if bucket < last { short += 1 }
            }
            #expect(told > 100 / Host.scale, "the tasks did not compete")
            #expect(short == 0, "of \(told) windows")
        }

        /// Long waits first and short ones then.
        @Test(arguments: ProbeMode.ofThisKernel)
        func noWindowTellsAWaitThatItDoesNotCount(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("calmer"))
            let sleeper = try ChildProcess(
                shell: "exec taskset -c 0 bash -c 'while :; do sleep 0.002; done'", in: cgroup)
            let hogs = try (0..<3).map { _ in
                try ChildProcess(shell: "exec taskset -c 0 bash -c 'while :; do :; done'", in: cgroup)
            }
            func run(_ windows: Int) throws {
                for _ in 0..<windows {
                    usleep(useconds_t(100_000 * min(4, Host.scale)))
                    try observer.tick()
                }
            }
            try run(10)
            for hog in hogs { hog.stop(SIGKILL) }
            try run(20)
            sleeper.stop(SIGKILL)
            var told = 0
            var beyond = 0
            for detail in observer.details(cgroup.path) where detail.delay_max_ns > 0 {
                told += 1
                let longest = detail.delay_max_ns
                let bucket = longest < 1024 ? 0 : 64 - (longest >> 10).leadingZeroBitCount
                if bucket > detail.delayBuckets.lastIndex(where: { $0 > 0 }) ?? -1 { beyond += 1 }
            }
            #expect(told >= 10, "the tasks did not compete")
            // One wait can end between the look at the histogram and that at the maximum.
            #expect(beyond <= 1, "of \(told) windows")
        }

        /// Its last record carries the waits and connections that no walk has told, and no count goes back with it.
        @Test(arguments: ProbeMode.ofThisKernel, [false, true])
        func aCgroupThatGoesTellsItsLastWaitsAndConnections(mode: ProbeMode, wasWalked: Bool) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let parent = try TestCgroup(TestCgroup.uniqueName("last"))
            let cgroup = try TestCgroup("short", in: parent.path)
            func work() throws {
                let burners = try (0..<3).map { _ in
                    try ChildProcess(shell: "exec taskset -c 0 bash -c 'while :; do :; done'", in: cgroup)
                }
                for _ in 0..<3 {
                    let server = try LoopbackServer(reply: 1000)
                    let client = try ChildProcess(
                        shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null", in: cgroup)
                    #expect(client.exitCode == 0)
                    _ = server.join()
                }
                usleep(200_000)
                for burner in burners { burner.stop(SIGKILL) }
            }
            if wasWalked {
                try work()
                try observer.tick()
            }
            try work()
            let path = cgroup.path
            cgroup.remove()
            try observer.tick()
            #expect(observer.retiredPaths.contains(path))
            for path in [path, parent.path] {
                #expect(observer.detailTotal(path) { $0.tcp_connects } == (wasWalked ? 6 : 3), "\(path)")
                let counted = observer.details(path).reduce(UInt64(0)) {
                    $0 + $1.delayBuckets.reduce(0) { $0 + UInt64($1) }
                }
                #expect(counted == observer.total(path) { $0.delay_count }, "\(path)")
                #expect(counted > 10, "the tasks did not compete")
                #expect((observer.details(path).map(\.delay_max_ns).max() ?? 0) > 0)
            }
            #expect(observer.loss("counter_back") == 0)
        }

        @Test func connectionsAreCountedByDirection() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("connect"))
            let count = 7
            for _ in 0..<count {
                let server = try LoopbackServer(reply: 1000)
                let client = try ChildProcess(
                    shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null", in: cgroup)
                #expect(client.exitCode == 0)
                _ = server.join()
            }
            try observer.tick()
            #expect(observer.detailTotal(cgroup.path) { $0.tcp_connects } == UInt64(count))
            #expect(observer.detailTotal(cgroup.path) { $0.tcp_accepts } == 0)
            // The server is this process, wherever it lies in the tree.
            #expect(observer.detailTotal("/") { $0.tcp_accepts } >= UInt64(count))
        }

        @Test func retransmitsAgreeWithTheHostsCount() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("retransmit"))
            let before = try Self.retransmittedSegments()
            // Nobody accepts, and the queue holds one: later connections get no answer and ask again.
            let listener = try DeafListener()
            let client = try ChildProcess(
                shell: "for i in 1 2 3 4; do (exec 3<>/dev/tcp/127.0.0.1/\(listener.port)) & done; sleep 4; kill $(jobs -p)",
                in: cgroup)
            client.wait()
            try observer.tick()
            let truth = try Self.retransmittedSegments() - before
            let counted = observer.detailTotal(cgroup.path) { $0.tcp_retransmits }
            #expect(counted >= 2, "the kernel says \(truth) for the host")
            #expect(counted <= truth)
            #expect(observer.detailTotal("/") { $0.tcp_retransmits } <= truth)
        }

        /// `RetransSegs` of /proc/net/snmp.
        private static func retransmittedSegments() throws -> UInt64 {
            let lines = try TextFile.read("/proc/net/snmp").split(separator: "\n")
                .filter { $0.hasPrefix("Tcp:") }.map { $0.split(separator: " ") }
            let at = try #require(lines.first?.firstIndex(of: "RetransSegs"))
            return try #require(UInt64(lines[1][at]))
        }

        @Test func diskLatencyHistogramHoldsEveryOperation() throws {
            let file = Host.diskDirectory + "/headroom-histogram-test-\(getpid())"
            defer { unsafe unlink(file) }
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("latency"))
            let child = try ChildProcess(
                shell: "exec dd if=/dev/zero of='\(file)' bs=16K count=200 oflag=direct 2>/dev/null",
                in: cgroup)
            #expect(child.exitCode == 0)
            try observer.tick()
            let inBuckets = observer.details(cgroup.path).reduce(UInt64(0)) {
                $0 + $1.diskWriteBuckets.reduce(0) { $0 + UInt64($1) }
            }
            let operations = observer.total(cgroup.path) { $0.disk_write_ops }
            #expect(operations >= 200 - observer.loss("disk_late"))
            // A completion that the kernel did not show has no latency.
            #expect(inBuckets <= operations)
            #expect(inBuckets + observer.loss("disk_late") >= operations)
            #expect(observer.detailTotal(cgroup.path) { $0.disk_write_errors } == 0)
        }

        @Test(.enabled(if: PressureTests.isKept, "this kernel keeps no pressure"))
        func pressureIsThatOfTheKernelsFile() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("pressure"))
            let burners = try (0..<4).map { _ in
                try ChildProcess(shell: "exec taskset -c 0 bash -c 'while :; do :; done'", in: cgroup)
            }
            // The kernel adds up every two seconds, and details come once in 16 walks at least.
            usleep(500_000)
            let before = try #require(PressureTests.someTotal(cgroup))
            for _ in 0..<16 {
                usleep(500_000)
                try observer.tick()
            }
            let after = try #require(PressureTests.someTotal(cgroup))
            for burner in burners { burner.stop(SIGKILL) }
            let share = Double(after - before) / 8e6
            let told = observer.details(cgroup.path).last { $0.knows(HR_PART_PRESSURE) }
            let measured = Double(try #require(told).pressure.0)
            #expect(share > 0.7, "the tasks did not compete: \(share)")
            #expect((measured - share).magnitude < 0.12, "measured \(measured), the file says \(share)")
            let host = try #require(observer.details("/").last)
            #expect(host.knows(HR_PART_PRESSURE) && host.pressure.0 > 0.5, "\(host.pressure)")
        }
    }

    enum PressureTests {
        static let isKept: Bool = (try? CgroupTree().hasPressure) ?? false

        /// µs in which some task of the cgroup waited for a CPU.
        static func someTotal(_ cgroup: TestCgroup) -> UInt64? {
            guard let text = try? TextFile.read(cgroup.directory + "/cpu.pressure"),
                let total = text.split(separator: "\n").first?.split(separator: "=").last
            else { return nil }
            return UInt64(total)
        }
    }
}
