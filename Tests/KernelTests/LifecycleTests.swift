import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct LifecycleTests {
        @Test func cgroupsAreFollowedByNameWithoutAScan() throws {
            let observer = try Observer()
            let outer = try TestCgroup(TestCgroup.uniqueName("outer"))
            let inner = try TestCgroup("with a space", in: outer.path)
            try observer.tick()
            #expect(observer.bornPaths.suffix(2) == [outer.path, inner.path])
            let path = inner.path
            #expect(observer.windows(path).count == 1)
            inner.remove()
            try observer.tick()
            #expect(observer.retiredPaths == [path])
            #expect(observer.windows(path).last?.is_final == 1)
            try observer.tick()
            #expect(observer.windows(path).count == 2)
            #expect(observer.loss("name_unknown") == 0)
        }

        /// What the child used last has not been added to its parent when that goes at once, too.
        @Test(arguments: ProbeMode.ofThisKernel)
        func parentThatGoesWithItsChildTellsItsCPUTime(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let parent = try TestCgroup(TestCgroup.uniqueName("both"))
            let child = try TestCgroup("child", in: parent.path)
            try observer.tick()
            let burner = try ChildProcess(shell: "while :; do :; done", in: child)
            usleep(300_000)
            burner.stop(SIGKILL)
            let paths = [child.path, parent.path]
            child.remove()
            parent.remove()
            try observer.tick()
            #expect(paths.allSatisfy(observer.retiredPaths.contains))
            let used = observer.total(paths[0]) { $0.cpu_ns }
            let above = observer.total(paths[1]) { $0.cpu_ns }
            #expect(used > 50_000_000, "the load did not run: \(used) ns")
            #expect(above >= used, "\(above) of \(used) ns")
            expectClose(above, used, within: 0.005, "the parent's CPU time")
        }

        @Test func cgroupsThatWereThereBeforeAreNamedByTheScan() throws {
            let early = try TestCgroup(TestCgroup.uniqueName("early"))
            let observer = try Observer()
            try observer.tick()
            #expect(observer.windows(early.path).count == 1)
            #expect(!observer.bornPaths.contains(early.path))
        }

        @Test func aReusedSlotStartsFromZero() throws {
            let observer = try Observer()
            for round in 0..<20 {
                let cgroup = try TestCgroup(TestCgroup.uniqueName("reuse"))
                if round % 2 == 0 {
                    let server = try LoopbackServer(reply: 1_000_000)
                    let client = try ChildProcess(
                        shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null",
                        in: cgroup)
                    client.wait()
                    _ = server.join()
                }
                let path = cgroup.path
                cgroup.remove()
                try observer.tick()
                let bytes = observer.total(path) { $0.net_rx_bytes }
                #expect(round % 2 == 0 ? bytes >= 1_000_000 : bytes == 0)
            }
        }

        @Test(arguments: ProbeMode.ofThisKernel)
        func cgroupsBeyondTheTableAreCountedTogether(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            configuration.maxCgroups = 16
            mode.apply(to: &configuration)
            let parent = try TestCgroup(TestCgroup.uniqueName("many"))
            let children = try (0..<40).map { try TestCgroup("c\($0)", in: parent.path) }
            let observer = try Observer(configuration)
            let server = try LoopbackServer(reply: 2_000_000)
            let last = try #require(children.last)
            let client = try ChildProcess(
                shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null", in: last)
            client.wait()
            _ = server.join()
            try observer.tick()
            #expect(observer.loss("slot_overflow") > 0)
            #expect(observer.total("/") { $0.net_rx_bytes } >= 2_000_000)
        }
    }
}
