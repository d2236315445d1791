import Testing

@testable import Telemetry

@Suite struct LoopbackAddressTests {
    @Test(arguments: ["127.0.0.1:9417", "127.255.0.3:1", "[::1]:65535"])
    func loopbackIsTaken(text: String) throws {
        #expect(try LoopbackAddress(text).description == text)
    }

    @Test(arguments: [
        "0.0.0.0:80", "192.168.1.1:80", "8.8.8.8:53", "[::]:80", "[fe80::1]:80", ":80", "*:80",
        "[::ffff:127.0.0.1]:80", "128.0.0.1:80", "126.255.255.255:80",
    ])
    func whatOtherHostsReachIsRefused(text: String) {
        #expect(throws: LoopbackAddress.Refusal.notLoopback) { _ = try LoopbackAddress(text) }
    }

    @Test(arguments: [
        "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:080808",
        "127.0.0.1:-1", "127.0.0.1: 80", "127.0.0.01:80", "127.1:80", "::1:80", "[::1]", "[::1",
        "[127.0.0.1]:80", "localhost:80", "[::1%lo]:80", "127.0.0.1:8\u{661}",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(throws: LoopbackAddress.Refusal.notAnAddress) { _ = try LoopbackAddress(text) }
    }
}
