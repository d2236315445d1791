import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct NetworkTests {
        /// The client sends, or receives, through bash's /dev/tcp; the server counts.
        @Test(arguments: KernelSuite.slotModes)
        func sentBytesMatchWhatTheServerReceived(hashSlots: Bool) throws {
            var configuration = ProfilerConfiguration()
            configuration.forceHashSlots = hashSlots
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("send"))
            let server = try LoopbackServer(reply: 0)
            let before = try Self.loopbackBytes()
            let client = try ChildProcess(
                shell: "exec head -c 50000000 /dev/zero > /dev/tcp/127.0.0.1/\(server.port)",
                in: cgroup)
            #expect(client.exitCode == 0)
            let moved = server.join()
            let carried = try Self.loopbackBytes() - before
            try observer.tick()
            #expect(moved == 50_000_000)
            let sent = observer.total(cgroup.path) { $0.net_tx_bytes }
            expectClose(sent, UInt64(moved), within: 0.01, "bytes sent")
            #expect(observer.total(cgroup.path) { $0.net_tx_packets } > 0)
            // The interface carried what both ends were charged with, and other processes' bytes.
            let received = observer.total(cgroup.path) { $0.net_rx_bytes }
            #expect(sent + received <= carried + carried / 100)
        }

        @Test func receivedBytesMatchWhatTheServerSent() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("receive"))
            let server = try LoopbackServer(reply: 30_000_000)
            let client = try ChildProcess(
                shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null", in: cgroup)
            #expect(client.exitCode == 0)
            _ = server.join()
            try observer.tick()
            let received = observer.total(cgroup.path) { $0.net_rx_bytes }
            expectClose(received, 30_000_000, within: 0.01, "bytes received")
            #expect(observer.total(cgroup.path) { $0.net_rx_packets } > 0)
        }

        /// Bytes received on lo, from /proc/net/dev.
        static func loopbackBytes() throws -> UInt64 {
            for line in try TextFile.read("/proc/net/dev").split(separator: "\n") {
                let parts = line.split(whereSeparator: { $0 == " " || $0 == ":" })
                if parts.first == "lo" { return UInt64(parts[1]) ?? 0 }
            }
            throw TestFailure("no lo in /proc/net/dev")
        }
    }
}
