import Aggregates
import Capacity
import Glibc
import Logging
import Testing

@testable import Agent

/// What a provider program says, from the agent's end of the pipe.
@Suite struct ProgramProviderTests {
    /// A program that the test plays.
    private final class Host: ProgramHost {
        private(set) var output: CInt = -1

        func start(input: CInt, output: CInt) throws(AgentError) {
            self.output = dup(output)
            _ = fcntl(self.output, F_SETFL, O_NONBLOCK)
        }
        func signal(_ number: CInt) {}
        func status() -> CInt? { 0 }

        /// - Returns: how much of it the pipe had room for.
        func say(_ bytes: [UInt8]) -> Int { unsafe bytes.withUnsafeBytes { unsafe write(output, $0.baseAddress, $0.count) } }

        deinit { if output >= 0 { close(output) } }
    }

    private static let pipe = 65_536

    private func provider(_ host: Host) -> ProgramProvider {
        var program = ProviderProgram(command: ["/bin/cloud"])
        program.timeoutNanoseconds = .max
        return ProgramProvider(
            program, on: host, planned: [ProgramLedger.Key(pool: "node", resource: .cpu)], logger: Logger(label: "test"))
    }

    /// Endless text without a line's end, and lines with nothing in them: each is looked at a few times a second, and then waits.
    @Test(arguments: [UInt8(ascii: "x"), UInt8(ascii: "\n")])
    func whatIsNoLineCountsToo(byte: UInt8) {
        let host = Host()
        let provider = provider(host)
        var rounds = 0
        // Four pipes full a second; a second may begin in between.
        while provider.descriptor != nil, rounds < 20 {
            _ = host.say([UInt8](repeating: byte, count: Self.pipe))
            _ = provider.takeAnswers()
            rounds += 1
        }
        #expect((4...9).contains(rounds), "\(rounds)")
    }

    /// More short lines in one read than a second's share: the rest is taken later, in order, and none is lost.
    @Test func linesBeyondTheSecondsShareWaitAndAreNotLost() throws {
        let host = Host()
        let provider = provider(host)
        let lines = (1...900).map {
            "{\"type\":\"capacity\",\"pool\":\"node\",\"resource\":\"cpu\",\"ready\":\($0)}\n"
        }
        func ready() -> Double? { provider.observe(pool: "node", .cpu, nowNanoseconds: 0)?.ready }
        // 900 of nonsense first: of the second line's share a hundred are left.
        let nonsense = String(repeating: "!\n", count: 900)
        let bytes = Array(nonsense.utf8) + Array(lines.prefix(800).joined().utf8)
        #expect(bytes.count < Self.pipe && host.say(bytes) == bytes.count)
        _ = provider.takeAnswers()
        let first = try #require(ready())
        #expect(first < 800 && provider.descriptor == nil, "\(first)")
        #expect(provider.failures == 900)
        for _ in 0..<300 where ready() != 800 {
            usleep(10_000)
            _ = provider.takeAnswers()
        }
        #expect(ready() == 800)
        #expect(provider.failures == 900)
    }
}
