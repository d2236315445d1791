import Foundation
import Glibc
import Testing

extension KernelSuite {
    @Suite(.enabled(if: Host.scale == 1, "an emulated CPU's costs say nothing about a budget"))
    struct GovernorTests {
        /// Two threads hand a byte to and fro on one CPU: nothing but context switches.
        @Test func aStormOfContextSwitchesShedsTheSwitchHookAndCalmBringsItBack() throws {
            let scratch = try Scratch()
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.2", "--overhead-budget", "3",
                "--log-level", "notice",
            ])
            _ = try scratch.kernelObjects()
            let storms = try (0..<2).map { _ in try SwitchStorm() }
            try Self.wait("shed", in: scratch) { $0 == ["run_queue_delay"] }
            let totals = storms.reduce(0) { $0 + $1.stop() }
            #expect(totals > 10_000, "no storm: \(totals) switches")
            try Self.wait("restored", in: scratch) { $0.isEmpty }
            #expect(agent.stop(SIGINT) == 0)

            let lines = try scratch.lines()
            let windows = lines.filter { $0["type"] as? String == "window" }
            let shed = windows.filter { $0["run_queue_delay_ns"] is NSNull }
            #expect(!shed.isEmpty, "no window says that the delay was not measured")
            #expect(windows.last?["run_queue_delay_ns"] is NSNumber)
            #expect(scratch.errors.contains("shed run_queue_delay: Headroom uses"))
            #expect(scratch.errors.contains("restored run_queue_delay"))
        }

        /// Waits for a `probes_shed` event whose list satisfies `condition`, the newest one.
        private static func wait(
            _ what: String, in scratch: Scratch, until condition: ([String]) -> Bool
        ) throws {
            // By the clock: the text grows, and to read it takes longer each time.
            let deadline = Date().addingTimeInterval(120)
            while Date() < deadline {
                usleep(200_000)
                let text = try scratch.text()
                let whole = text.prefix(upTo: text.lastIndex(of: "\n") ?? text.startIndex)
                let event = whole.split(separator: "\n").last { $0.contains("\"probes_shed\"") }
                guard let event,
                    let object = try JSONSerialization.jsonObject(with: Data(event.utf8))
                        as? [String: Any],
                    let names = object["shed"] as? [String]
                else { continue }
                if condition(names) { return }
            }
            throw TestFailure("never \(what): \(scratch.errors)")
        }
    }
}
