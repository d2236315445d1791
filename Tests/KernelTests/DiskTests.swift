import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct DiskTests {
        /// Direct I/O on a file of the build directory, which lies on a real block device.
        @Test func directWritesAndReadsAreCountedToTheirOwner() throws {
            let file = Host.buildDirectory + "/headroom-disk-test-\(getpid())"
            defer { unsafe unlink(file) }
            let size: UInt64 = 32 << 20
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("disk"))
            let before = try Self.diskstats()

            let writer = try ChildProcess(
                shell: "exec dd if=/dev/zero of='\(file)' bs=1M count=32 oflag=direct 2>/dev/null",
                in: cgroup)
            #expect(writer.exitCode == 0)
            try observer.tick()
            let between = try Self.diskstats()
            expectClose(
                observer.total(cgroup.path) { $0.disk_write_bytes }, size, within: 0.01,
                "bytes written")

            let reader = try ChildProcess(
                shell: "exec dd if='\(file)' of=/dev/null bs=1M iflag=direct 2>/dev/null",
                in: cgroup)
            #expect(reader.exitCode == 0)
            try observer.tick()
            let after = try Self.diskstats()
            // The first read also fetches dd itself and the file's extents.
            let read = observer.total(cgroup.path) { $0.disk_read_bytes }
            #expect(read >= size)
            expectClose(read, size, within: 0.05, "bytes read")

            // The devices moved at least as much as was charged to the cgroup.
            #expect(between.written - before.written >= size)
            #expect(after.read - between.read >= size)
            let operations = observer.total(cgroup.path) { $0.disk_write_ops }
            #expect(operations >= 32)
            let latency = observer.total(cgroup.path) { $0.disk_write_latency_ns } / operations
            #expect(latency > 1_000 && latency < 10_000_000_000, "mean write latency \(latency) ns")
        }

        /// Bytes of all whole devices, from /proc/diskstats (in sectors of 512 bytes).
        private static func diskstats() throws -> (read: UInt64, written: UInt64) {
            var total: (read: UInt64, written: UInt64) = (0, 0)
            for line in try TextFile.read("/proc/diskstats").split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count > 9, !fields[2].hasPrefix("loop") else { continue }
                total.read += (UInt64(fields[5]) ?? 0) * 512
                total.written += (UInt64(fields[9]) ?? 0) * 512
            }
            return total
        }
    }
}
