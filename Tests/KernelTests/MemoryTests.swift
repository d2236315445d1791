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
            try observer.tick()
            try observer.tick()
            let window = try #require(observer.windows(cgroup.path).last)
            #expect(window.memorySource != .none)
            // Beside dd's buffer there are only two shells and a sleep of a few MiB.
            let truth = try Self.residentBytes(cgroup.processes)
            #expect(truth >= size)
            expectClose(window.memory_bytes, truth, within: 0.02, "memory against VmRSS")
            if window.memorySource == .rss {
                let dd = try #require(Self.largest(cgroup.processes))
                expectClose(dd, size, within: 0.02, "VmRSS of dd alone")
            }
        }

        @Test func memoryOfAChildCountsForItsParent() throws {
            let observer = try Observer()
            let parent = try TestCgroup(TestCgroup.uniqueName("tree"))
            let inner = try TestCgroup("inner", in: parent.path)
            let child = try ChildProcess(
                shell: "dd if=/dev/zero bs=64M count=1 2>/dev/null | sleep 30", in: inner)
            defer { child.stop(SIGKILL) }
            usleep(800_000)
            try observer.tick()
            try observer.tick()
            let above = try #require(observer.windows(parent.path).last).memory_bytes
            let below = try #require(observer.windows(inner.path).last).memory_bytes
            #expect(below >= 64 << 20)
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
