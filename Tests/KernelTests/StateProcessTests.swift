import Agent
import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// What the agent keeps from one run to the next, as operators meet it.
    @Suite struct StateProcessTests {
        private static let run = [
            "run", "--json", "--interval", "0.2", "--duration", "3", "--horizon", "1,2",
        ]

        @Test func aRestartGoesOnAndItsRecordingReplays() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("learned"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            #expect(try scratch.start(Self.run).exitCode == 0, "\(scratch.errors)")
            let kept = try FileManager.default.contentsOfDirectory(atPath: scratch.path("state"))
            #expect(kept.sorted() == ["forecasts", "history"])
            let attributes = try FileManager.default.attributesOfItem(
                atPath: scratch.path("state/forecasts"))
            #expect(attributes[.posixPermissions] as? Int == 0o600)

            let second = try scratch.start(Self.run + ["--record", scratch.path("recording")])
            #expect(second.exitCode == 0, "\(scratch.errors)")
            #expect(!scratch.errors.contains("anew"), "\(scratch.errors)")
            let live = try scratch.engineLines()
            // The first window after a start: nothing but what the run before learned.
            let first = try #require(
                try scratch.lines().first {
                    $0["type"] as? String == "forecast" && $0["cgroup"] as? String == cgroup.path
                        && $0["resource"] as? String == "cpu"
                })
            let peak = try #require((first["peak"] as? [String: Any])?["q0.99"] as? Double)
            #expect(peak > 0.5, "\(first)")
            let replay = try scratch.start(
                ["replay", scratch.path("recording"), "--json"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            #expect(try scratch.engineLines("replayed") == live)
        }

        @Test func aDamagedCheckpointIsKeptAsideAndTheAgentRuns() throws {
            let scratch = try Scratch()
            #expect(try scratch.start(Self.run).exitCode == 0, "\(scratch.errors)")
            let path = scratch.path("state/forecasts")
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(try scratch.start(Self.run).exitCode == 0, "\(scratch.errors)")
            #expect(scratch.errors.contains("\(path): its checksum is wrong"), "\(scratch.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + ".refused")) == bytes)
            #expect(unsafe access(path, F_OK) == 0, "no new checkpoint")
        }

        @Test func aFolderThatCannotBeMadeIsSaidAndCounted() throws {
            let scratch = try Scratch()
            try Data().write(to: URL(fileURLWithPath: scratch.path("state")))
            #expect(try scratch.start(Self.run).exitCode == 0, "\(scratch.errors)")
            #expect(scratch.errors.contains("no checkpoint of the forecasts"), "\(scratch.errors)")
        }

        @Test func aRunningAgentExplainsItsForecasts() throws {
            let scratch = try Scratch()
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.2", "--duration", "30", "--horizon", "1,2",
            ])
            _ = try scratch.kernelObjects()
            usleep(2_000_000)
            let why = try scratch.start(
                ["forecast", "/", "--why", "--resource", "cpu", "--json"], output: "why")
            #expect(why.exitCode == 0, "\(scratch.errors)")
            let lines = try scratch.lines("why")
            #expect(lines.map { $0["horizon_s"] as? Double } == [1, 2])
            let saved = try #require(lines.first?["saved_s"] as? Double)
            #expect(Date().timeIntervalSince1970 - saved < 25, "an old checkpoint")
            let rules = try #require(lines.first?["rules"] as? [[String: Any]])
            let weight = rules.reduce(0) { $0 + ($1["weight"] as? Double ?? .nan) }
            #expect((weight - 1).magnitude < 0.01)
            let text = try scratch.start(["forecast", "/", "--why"], output: "text")
            #expect(text.exitCode == 0)
            #expect(try scratch.text("text").contains("p95 of the peak in the next 1 s"))
            let unknown = try scratch.start(["forecast", "/nowhere", "--why"], output: "unknown")
            #expect(unknown.exitCode == 1)
            #expect(scratch.errors.contains("nothing was learned of a cgroup /nowhere"))
            agent.stop(SIGTERM)
        }
    }
}
