import Aggregates
import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct MemoryTests {
        @Test func touching256MiBShowsWithinTwoPercent() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("memory"))
            let before = cgroup
            // dd fills a buffer of 256 MiB and then waits for a pipe that nobody reads.
            let child = try ChildProcess(
                shell: "dd if=/dev/zero bs=256M count=1 2>/dev/null | sleep 30", in: cgroup)
            defer { child.stop(SIGKILL) }
            let size: UInt64 = 256 << 20
            var resident: UInt64 = 0
            for _ in 0..<100 where resident < size {
                usleep(100_000)
                resident = try Self.residentBytes(before.processes)
            }
            // The buffer is full before dd has come to wait: what it still takes must not fall between
            // the walk and the file.
            var settled: UInt64 = 0
            for _ in 0..<100 {
                let now = try cgroup.number("memory.current") ?? Self.residentBytes(cgroup.processes)
                if now == settled { break }
                settled = now
                usleep(200_000)
            }
            try observer.tick()
            try observer.tick()
            let window = try #require(observer.windows(cgroup.path).last)
            let truth = try Self.residentBytes(cgroup.processes)
            #expect(truth >= size)
            if let current = cgroup.number("memory.current") {
                // The very counter that the file shows; between walk and read it may move by
                // the pages that each CPU keeps in stock.
                #expect(window.memorySource == .memcg)
                #expect(current >= size)
                expectClose(window.memory_bytes, current, within: 0.002, "memory against memory.current")
            } else {
                // Beside dd's buffer there are only two shells and a sleep of a few MiB.
                #expect(window.memorySource == .rss)
                expectClose(window.memory_bytes, truth, within: 0.02, "memory against VmRSS")
                let dd = try #require(Self.largest(cgroup.processes))
                expectClose(dd, size, within: 0.02, "VmRSS of dd alone")
            }
        }

        /// What RSS cannot see: the page cache counts where the memory controller does.
        @Test(.enabled(if: Host.has("memory"), "needs the memory controller on the v2 tree"))
        func pageCacheCountsWhereMemoryCurrentCountsIt() throws {
            let file = Host.diskDirectory + "/headroom-cache-test-\(getpid())"
            defer { unsafe unlink(file) }
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("cache"))
            let writer = try ChildProcess(
                shell: "exec dd if=/dev/zero of='\(file)' bs=1M count=64 2>/dev/null", in: cgroup)
            #expect(writer.exitCode == 0)
            try observer.tick()
            let current = try #require(cgroup.number("memory.current"))
            let window = try #require(observer.windows(cgroup.path).last)
            #expect(current >= 64 << 20)
            expectClose(window.memory_bytes, current, within: 0.01, "memory against memory.current")
        }

        @Test func memoryOfAChildCountsForItsParent() throws {
            let observer = try Observer()
            let parent = try TestCgroup(TestCgroup.uniqueName("tree"))
            let inner = try TestCgroup("inner", in: parent.path)
            let child = try ChildProcess(
                shell: "dd if=/dev/zero bs=64M count=1 2>/dev/null | sleep 30", in: inner)
            defer { child.stop(SIGKILL) }
            let size: UInt64 = 64 << 20
            for _ in 0..<100 where (Self.largest(inner.processes) ?? 0) < size { usleep(100_000) }
            try observer.tick()
            try observer.tick()
            let above = try #require(observer.windows(parent.path).last).memory_bytes
            let below = try #require(observer.windows(inner.path).last).memory_bytes
            #expect(below >= size)
            #expect(above >= below)
        }

        private static func residentBytes(_ processes: [pid_t]) throws -> UInt64 {
            processes.reduce(0) { $0 + (residentBytes($1) ?? 0) }
        }

        private static func largest(_ processes: [pid_t]) -> UInt64? {
            processes.compactMap(residentBytes).max()
        }

        private static func residentBytes(_ process: pid_t) -> UInt64? {
            guard let text = try? TextFile.read("/proc/\(process)/status") else { return nil }
            for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
                return line.split(whereSeparator: \.isWhitespace).dropFirst().first
                    .flatMap { UInt64($0) }.map { $0 * 1024 }
            }
            return nil
        }
    }
}
