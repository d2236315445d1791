import Agent
import Foundation
import Planner
import Settings
import TestSupport
import Testing

/// Whatever a file holds, it is taken or refused with a place; nothing crashes or hangs.
@Suite struct ConfigurationPropertyTests {
    @Test(arguments: 0..<8) func damagedExamplesAreTakenOrRefusedWithAPlace(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let example = Array(try ConfigurationFixture.text("deploy/headroom.yaml").utf8)
        for _ in 0..<150 {
            try check(damaged(example, &random))
        }
    }

    @Test(arguments: 0..<4) func gluedTokensAreTakenOrRefusedWithAPlace(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tokens = [
            "plan", "lead", "cpu", "chunk", ":", ": ", "\n", "\n  ", "\n    ", "- ", "[", "]", "{",
            "}",
            ",", "&a ", "*a", "!t ", "|", ">", "\"", "'", "#", " #", "? ", "---\n", "...\n",
            "%YAML 1.1\n",
            "5m", "-1", "1e308", "\u{FEFF}", "é", "\r\n", "\\", "\u{85}", "<<", "~", "none",
        ]
        for _ in 0..<300 {
            let count = Int.random(in: 1...40, using: &random)
            let text = (0..<count).map { _ in tokens.randomElement(using: &random)! }.joined()
            try check(Array(text.utf8))
        }
    }

    /// Any good values, written and read again.
    @Test(arguments: 0..<40) func goodValuesReadBackAsTheyWere(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let interval = Int64.random(in: 10_000_000...3_600_000_000_000, using: &random)
        let chunk = Double.random(in: 0.001...16, using: &random)
        let bytes = Double.random(in: 1...0x1p50, using: &random)
        let ratio = Double.random(in: 0.001...1e6, using: &random)
        let text = """
            sampling: {interval: \(interval)ns}
            plan:
              cost_ratio: \(ratio)
              cpu: {chunk: \(chunk)}
              memory: {chunk: \(bytes.rounded())B}
            """
        let first = try ConfigurationFixture(text).load()
        #expect(first.settings.options.engine.intervalNanoseconds == UInt64(interval))
        #expect(first.settings.costRatio == ratio)
        #expect(first.settings.plans.prefix(2).map(\.chunk) == [chunk, bytes.rounded()])
        let second = try ConfigurationFixture(first.listing).load()
        #expect(values(first) == values(second))
        #expect(first.settings.plans == second.settings.plans)
    }

    private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard !bytes.isEmpty else { break }
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            case 2:
                bytes.insert(
                    ":\n -{}[]&*!|>'\"#%,?0".utf8.randomElement(using: &random)!,
                    at: index
                )
            case 3: bytes.removeSubrange(index..<min(bytes.count, index + 40))
            default: bytes += bytes[index..<min(bytes.count, index + 200)]
            }
        }
        return bytes
    }

    private func check(_ bytes: [UInt8]) throws {
        let fixture = try ConfigurationFixture(bytes)
        do throws(ConfigurationError) {
            let configuration = try EffectiveConfiguration(
                file: fixture.path,
                runtimeDirectory: nil
            )
            // Good alone and together: the agent can be given them.
            for plan in configuration.settings.options.engine.plans {
                #expect(plan.configuration.holdsWholeChunks)
            }
        } catch {
            #expect(!error.problems.isEmpty)
            for problem in error.problems {
                #expect(problem.hasPrefix("\(fixture.path):"), "\(problem)")
                #expect(!problem.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
            }
        }
    }
}
