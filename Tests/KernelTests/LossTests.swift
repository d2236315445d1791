import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    /// What overload loses is counted, and totals still add up.
    @Suite struct LossTests {
        /// Receives `bytes` over loopback in `cgroup`.
        /// - Returns: what lo carried meanwhile, acknowledgements and repeats included.
        @discardableResult
        static func receive(_ bytes: Int, in cgroup: TestCgroup) throws -> UInt64 {
            let before = try NetworkTests.loopbackBytes()
            let server = try LoopbackServer(reply: bytes)
            let client = try ChildProcess(
                shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null", in: cgroup)
            #expect(client.exitCode == 0)
            _ = server.join()
            return try NetworkTests.loopbackBytes() - before
        }

        /// Of bytes against lo's own count: an emulated machine's TCP repeats segments.
        private static let tolerance = Host.scale > 1 ? 0.02 : 0.005

        @Test func ringOfOnePageTakesSeveralPassesAndLosesNothing() throws {
            var configuration = ProfilerConfiguration()
            configuration.ringBytes = 4096
            let parent = try TestCgroup(TestCgroup.uniqueName("ring"))
            let children = try (0..<100).map { try TestCgroup("c\($0)", in: parent.path) }
            let observer = try Observer(configuration)
            let busy = [children[0], children[50], children[99]]
            let carried = try busy.map { try Self.receive(1_000_000, in: $0) }
            // Five seconds without a drain, while cgroups come, work and go.
            var brief: [String] = []
            var truth: UInt64 = 0
            for round in 0..<50 {
                let cgroup = try TestCgroup("brief\(round)", in: parent.path)
                let child = try ChildProcess(
                    shell: "i=0; while [ $i -lt 1500 ]; do i=$((i+1)); done", in: cgroup)
                child.wait()
                truth += try cgroup.cpuUsageNanoseconds
                brief.append(cgroup.path)
                cgroup.remove()
                usleep(80_000)
            }
            let used = try parent.cpuUsageNanoseconds
            try observer.tick()
            try observer.tick()
            for (child, carried) in zip(busy, carried) {
                expectClose(
                    observer.total(child.path) { $0.net_rx_bytes + $0.net_tx_bytes }, carried,
                    within: Self.tolerance, "bytes of \(child.path) against lo's own count")
                #expect(observer.total(child.path) { $0.net_rx_bytes } >= 1_000_000)
            }
            expectClose(
                observer.total(parent.path) { $0.net_rx_bytes + $0.net_tx_bytes },
                carried.reduce(0, +), within: Self.tolerance, "bytes of the parent")
            expectClose(
                observer.total(parent.path) { $0.cpu_ns }, from: used, to: try parent.cpuUsageNanoseconds,
                within: 0.005, "CPU time of the parent")
            if Host.walksInKernel {
                #expect(observer.loss("sample_ring_full") > 0, "the ring was large enough after all")
            }
            #expect(observer.loss("created_ring_full") > 0)
            #expect(observer.loss("removed_ring_full") == 0)
        }

        @Test(arguments: ProbeMode.ofThisKernel)
        func twentyThousandCgroupsInATableOf4096StillAddUp(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            configuration.maxCgroups = 4_096 / Host.scale
            mode.apply(to: &configuration)
            let count = 20_000 / Host.scale
            let parent = try TestCgroup(TestCgroup.uniqueName("crowd"))
            let names = (0..<count).map { "\(parent.directory)/c\($0)" }
            defer {
                for name in names { unsafe rmdir(name) }
                // Until the kernel is through with them they hold the low slot numbers, and the
                // next test's cgroups would count in (other).
                TestCgroup.waitForTheDying()
            }
            for name in names where unsafe mkdir(name, 0o755) != 0 {
                throw TestFailure("mkdir \(name): errno \(errno)")
            }
            let observer = try Observer(configuration)
            let before = observer.total("/") { $0.net_rx_bytes }
            let loopback = try NetworkTests.loopbackBytes()
            for index in [0, configuration.maxCgroups - 1, configuration.maxCgroups, count - 1] {
                let server = try LoopbackServer(reply: 5_000_000)
                let client = try ChildProcess([
                    "/bin/bash", "-c",
                    "echo $$ > '\(names[index])/cgroup.procs'; exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null",
                ])
                #expect(client.exitCode == 0)
                _ = server.join()
            }
            let carried = try NetworkTests.loopbackBytes() - loopback
            let used = try parent.cpuUsageNanoseconds
            try observer.tick()
            let bytes = observer.total("/") { $0.net_rx_bytes } - before
            #expect(bytes >= 20_000_000)
            expectClose(bytes, carried, within: Self.tolerance, "bytes of the node against lo's own count")
            expectClose(
                observer.total(parent.path) { $0.cpu_ns }, from: used, to: try parent.cpuUsageNanoseconds,
                within: 0.005, "CPU time of the crowd")
            #expect(observer.loss("slot_overflow") > 0)
            #expect(observer.loss("table_full") > 0)
        }

        @Test func aThousandBirthsAndDeathsASecondKeepTheirCounts() throws {
            let observer = try Observer()
            // Thirty seconds.
            let rounds = 600 / Host.scale
            let parent = try TestCgroup(TestCgroup.uniqueName("churn"))
            let worker = try TestCgroup("worker", in: parent.path)
            let load = try ChildProcess(shell: "while :; do :; done", in: worker)
            let churn = try ChildProcess([
                "/bin/bash", "-c",
                """
                cd '\(parent.directory)'
                for ((i = 0; i < \(rounds); i++)); do
                  mkdir \(Self.names(50)) && rmdir \(Self.names(50)); sleep 0.04
                done
                """,
            ])
            while !churn.hasEnded {
                observer.listen(milliseconds: 500)
                try observer.tick()
            }
            load.stop(SIGKILL)
            let truth = try parent.cpuUsageNanoseconds
            try observer.tick()
            expectClose(
                observer.total(parent.path) { $0.cpu_ns }, from: truth, to: try parent.cpuUsageNanoseconds,
                within: 0.005, "CPU time of the parent")
            let gone = observer.retiredPaths.filter { $0.hasPrefix(parent.path + "/c") }.count
            let lost = ["removed_ring_full", "created_ring_full", "removal_missed"].map {
                observer.loss($0)
            }
            // What an emulated CPU that is slow today does not get to must have been counted.
            #expect(gone <= rounds * 50)
            #expect(gone + Int(lost.reduce(0, +)) >= rounds * 50, "lost: \(lost)")
            if Host.scale == 1 {
                #expect(gone == rounds * 50)
                #expect(lost == [0, 0, 0])
            }
        }

        private static func names(_ count: Int) -> String {
            (0..<count).map { "c\($0)" }.joined(separator: " ")
        }

        @Test func hogThatNeverSwitchesIsChargedAllItsTime() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("hog"))
            let hog = try ChildProcess(
                shell: "exec chrt --fifo 1 taskset -c 1 bash -c 'while :; do :; done'", in: cgroup)
            usleep(300_000)
            try observer.tick()
            let counted = observer.total(cgroup.path) { $0.cpu_ns }
            let before = try cgroup.cpuUsageNanoseconds
            for _ in 0..<10 {
                usleep(1_000_000)
                try observer.tick()
            }
            hog.stop(SIGKILL)
            let truth = try cgroup.cpuUsageNanoseconds
            try observer.tick()
            #expect(truth - before > 8_000_000_000, "the hog did not run: \(truth - before) ns")
            expectClose(
                observer.total(cgroup.path) { $0.cpu_ns }, from: truth, to: try cgroup.cpuUsageNanoseconds,
                within: 0.005, "CPU of the hog")
            #expect(observer.windows(cgroup.path).suffix(10).allSatisfy { $0.cpu_ns > 0 || $0.is_final == 1 })
            #expect(counted < truth)
        }
    }
}
