import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct DiskTests {
        @Test func directWritesAndReadsAreCountedToTheirOwner() throws {
            let file = Host.diskDirectory + "/headroom-disk-test-\(getpid())"
            defer { unsafe unlink(file) }
            let size: UInt64 = 32 << 20
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("disk"))
            let before = try Self.diskstats()

            let written = try Self.firstWhole(size) {
                let start = observer.total(cgroup.path) { $0.disk_write_bytes }
                let writer = try ChildProcess(
                    shell: "exec dd if=/dev/zero of='\(file)' bs=1M count=32 oflag=direct 2>/dev/null",
                    in: cgroup)
                #expect(writer.exitCode == 0)
                try observer.tick()
                return observer.total(cgroup.path) { $0.disk_write_bytes } - start
            }
            let between = try Self.diskstats()
            expectClose(written, size, within: 0.01, "bytes written")

            // The first read also fetches dd itself and the file's extents.
            let read = try Self.firstWhole(size) {
                let start = observer.total(cgroup.path) { $0.disk_read_bytes }
                let reader = try ChildProcess(
                    shell: "exec dd if='\(file)' of=/dev/null bs=1M iflag=direct 2>/dev/null",
                    in: cgroup)
                #expect(reader.exitCode == 0)
                try observer.tick()
                return observer.total(cgroup.path) { $0.disk_read_bytes } - start
            }
            let after = try Self.diskstats()
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

        /// Pages that a kernel thread writes back, long after the write, count for who wrote
        /// them: the root, whose thread it is, gets no more than the file system's own blocks.
        @Test(.enabled(if: Host.has("io"), "needs the io controller on the v2 tree"))
        func bufferedWritesAreChargedToTheWriterNotToTheRoot() throws {
            let file = Host.diskDirectory + "/headroom-writeback-test-\(getpid())"
            defer { unsafe unlink(file) }
            let size: UInt64 = 32 << 20
            sync()
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("writeback"))
            let writer = try ChildProcess(
                shell: "exec dd if=/dev/zero of='\(file)' bs=1M count=32 2>/dev/null", in: cgroup)
            #expect(writer.exitCode == 0)
            // From outside the cgroup.
            sync()
            try observer.tick()
            let own = observer.total(cgroup.path) { $0.disk_write_bytes }
            let truth = try #require(cgroup.ioStat("wbytes"))
            #expect(truth >= size, "the kernel itself charged the writer \(truth) bytes")
            expectClose(own, truth, within: 0.01, "bytes written back, against io.stat")
            let everywhere = observer.total("/") { $0.disk_write_bytes }
            #expect(everywhere - own < size / 8, "others were charged \(everywhere - own) bytes")
        }

        /// What the device did for a cgroup is what its io.stat says.
        @Test(.enabled(if: Host.has("io"), "needs the io controller on the v2 tree"))
        func directReadsAndWritesAgreeWithIOStat() throws {
            let file = Host.diskDirectory + "/headroom-iostat-test-\(getpid())"
            defer { unsafe unlink(file) }
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("iostat"))
            let child = try ChildProcess(
                shell: "dd if=/dev/zero of='\(file)' bs=64K count=200 oflag=direct 2>/dev/null && "
                    + "dd if='\(file)' of=/dev/null bs=64K iflag=direct 2>/dev/null", in: cgroup)
            #expect(child.exitCode == 0)
            try observer.tick()
            let bytes = try #require(cgroup.ioStat("wbytes"))
            #expect(bytes >= 200 << 16)
            expectClose(observer.total(cgroup.path) { $0.disk_write_bytes }, bytes, within: 0.01, "bytes written")
            expectClose(
                observer.total(cgroup.path) { $0.disk_read_bytes },
                try #require(cgroup.ioStat("rbytes")), within: 0.01, "bytes read")
            expectClose(
                observer.total(cgroup.path) { $0.disk_write_ops },
                try #require(cgroup.ioStat("wios")), within: 0.05, "writes")
        }

        /// The first of three tries that counts all `size` bytes, or the last.
        ///
        /// On this project's 6.18 virtio machine the kernel was seen, about once in 40 tries,
        /// not to run the completion hook for some milliseconds; the requests then stay in
        /// `hr_inflight`. Why is an open question; each such try is printed.
        private static func firstWhole(_ size: UInt64, _ attempt: () throws -> UInt64) throws -> UInt64 {
            for number in 1...2 {
                let bytes = try attempt()
                if bytes >= size { return bytes }
                print("KNOWN ISSUE: try \(number) counted \(bytes) of \(size) bytes of direct I/O")
            }
            return try attempt()
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
