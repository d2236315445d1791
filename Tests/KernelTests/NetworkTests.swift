import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    @Suite struct NetworkTests {
        /// The client sends, or receives, through bash's /dev/tcp; the server counts.
        @Test(arguments: ProbeMode.ofThisKernel)
        func sentBytesMatchWhatTheServerReceived(mode: ProbeMode) throws {
            var configuration = ProfilerConfiguration()
            mode.apply(to: &configuration)
            let observer = try Observer(configuration)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("send"))
            let server = try LoopbackServer(reply: 0)
            let before = try Self.loopbackBytes()
            let repeats = try Self.repeatedSegments()
            let client = try ChildProcess(
                shell: "exec head -c 50000000 /dev/zero > /dev/tcp/127.0.0.1/\(server.port)",
                in: cgroup)
            #expect(client.exitCode == 0)
            let moved = server.join()
            let carried = try Self.loopbackBytes() - before
            try observer.tick()
            #expect(moved == 50_000_000)
            let sent = observer.total(cgroup.path) { $0.net_tx_bytes }
            expectPayload(
                sent, UInt64(moved), packets: observer.total(cgroup.path) { $0.net_tx_packets },
                repeats: try Self.repeatedSegments() - repeats)
            // The interface carried what both ends were charged with, and other processes' bytes.
            let received = observer.total(cgroup.path) { $0.net_rx_bytes }
            #expect(sent + received <= carried + carried / 100)
        }

        @Test func receivedBytesMatchWhatTheServerSent() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("receive"))
            let server = try LoopbackServer(reply: 30_000_000)
            let repeats = try Self.repeatedSegments()
            let client = try ChildProcess(
                shell: "exec cat < /dev/tcp/127.0.0.1/\(server.port) > /dev/null", in: cgroup)
            #expect(client.exitCode == 0)
            _ = server.join()
            try observer.tick()
            let received = observer.total(cgroup.path) { $0.net_rx_bytes }
            expectPayload(
                received, 30_000_000, packets: observer.total(cgroup.path) { $0.net_rx_packets },
                repeats: try Self.repeatedSegments() - repeats)
        }

        /// IP bytes are the payload, at most 60 bytes of IP and TCP header a packet (how many
        /// packets the payload is cut into depends on how fast both ends run), and what TCP sent
        /// again, at most 64 KiB each time by the kernel's own count.
        private func expectPayload(
            _ bytes: UInt64, _ payload: UInt64, packets: UInt64, repeats: UInt64,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(packets > 0, sourceLocation: sourceLocation)
            #expect(
                bytes > payload && bytes <= payload + packets * 60 + repeats << 16,
                "\(bytes) bytes in \(packets) packets, \(repeats) repeats, for \(payload) bytes of payload",
                sourceLocation: sourceLocation)
        }

        /// TCP segments sent again by anyone here, from /proc/net/snmp.
        private static func repeatedSegments() throws -> UInt64 {
            let lines = try TextFile.read("/proc/net/snmp").split(separator: "\n")
                .filter { $0.hasPrefix("Tcp:") }.map { $0.split(separator: " ") }
            guard lines.count == 2, let column = lines[0].firstIndex(of: "RetransSegs"),
                column < lines[1].count, let count = UInt64(lines[1][column])
            else { throw TestFailure("no RetransSegs in /proc/net/snmp") }
            return count
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
