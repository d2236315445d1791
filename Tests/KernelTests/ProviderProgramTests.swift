import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// A real agent that asks a real program for capacity.
    @Suite struct ProviderProgramTests {
        /// Grants everything after a moment, but says first that it is on its way.
        static let granting = """
            echo '{"type":"capacity","pool":"node","resource":"cpu","ready":0,"allocatable":512}'
            echo "started as $(id -u):$(id -g) $(id -G)" >&2
            while read -r line; do
              id=${line#*'"id":'}; id=${id%%,*}
              echo "asked $line" >&2
              echo "{\\"type\\":\\"outcome\\",\\"id\\":$id,\\"outcome\\":\\"pending\\"}"
              sleep 0.3
              echo "{\\"type\\":\\"outcome\\",\\"id\\":$id,\\"outcome\\":\\"granted\\"}"
            done
            echo "saw the end" >&2
            """

        private func start(
            _ scratch: Scratch, _ script: String, more: String = "", takesReloads: Bool = false
        ) throws -> ChildProcess {
            let settings = """
                sampling: {interval: 200ms}
                forecast: {horizons: [1s]}
                plan: {lead: 1s, resources: [cpu]}
                provider:
                  user: "65534"
                  timeout: 2s
                  command:
                    - /bin/bash
                    - -c
                    - . "$0"
                    - \(scratch.path("script"))
                output: {log_level: info}
                \(more)
                """
            // A command's words hold no newline.
            try Data(script.utf8).write(to: URL(fileURLWithPath: scratch.path("script")))
            unsafe chmod(scratch.path("script"), 0o644)
            try Data(settings.utf8).write(to: URL(fileURLWithPath: scratch.path("settings.yaml")))
            let arguments = ["run", "--json", "--config", scratch.path("settings.yaml")]
            guard takesReloads else { return try scratch.start(arguments) }
            // On a terminal SIGHUP is its end.
            return try scratch.start(["/usr/bin/setsid", Host.command] + arguments, binary: "/usr/bin/env")
        }

        private func wait(_ scratch: Scratch, until isSo: () throws -> Bool) throws {
            for _ in 0..<200 * Host.scale {
                if try isSo() { return }
                usleep(100_000)
            }
            throw TestFailure("it did not come: \(scratch.errors.suffix(2_000))")
        }

        private func requests(_ scratch: Scratch, _ outcome: String) throws -> [String] {
            try scratch.text().split(separator: "\n").map(String.init).filter {
                $0.hasPrefix("{\"type\":\"request\"") && $0.contains("\"outcome\":\"\(outcome)\"")
            }
        }

        @Test func itIsAskedAsNobodyAndItsAnswersArePlannedWith() throws {
            let scratch = try Scratch()
            let agent = try start(
                scratch, Self.granting, more: "recording: {path: \(scratch.path("run.hrr"))}")
            try wait(scratch) { try !requests(scratch, "granted").isEmpty }
            let granted = try #require(try requests(scratch, "granted").first)
            #expect(granted.contains("\"provider\":\"bash\""))
            let answered = try #require(Self.field("id", granted))
            #expect(try requests(scratch, "pending").contains { Self.field("id", $0) == answered })
            // The plan counts what was granted as ready, of what the program says there is.
            try wait(scratch) {
                try scratch.text().contains("\"allocatable\":512")
                    && scratch.text().split(separator: "\n").contains {
                        $0.hasPrefix("{\"type\":\"plan\"")
                            && Self.field("ready", String($0)) == Self.field("granted", granted)
                    }
            }
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            let said = scratch.errors
            #expect(said.contains("started as 65534:65534 65534"))
            #expect(said.contains("asked {\"type\":\"request\",\"time_s\":"))
            #expect(said.contains("saw the end"))
            #expect(said.contains("provider bash has ended: exit code 0"))
            // And a recording of it replays to the same lines.
            let live = try scratch.engineLines()
            let replay = try scratch.start(
                ["replay", scratch.path("run.hrr"), "--json"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            #expect(try scratch.engineLines("replayed") == live)
        }

        @Test func oneThatEndsIsStartedAgainAndHearsWhatItOwes() throws {
            let scratch = try Scratch()
            // It may write here.
            unsafe mkdir(scratch.path("once"), 0o777)
            unsafe chmod(scratch.path("once"), 0o777)
            // Ends at the first request without a word, and is good the second time.
            let agent = try start(
                scratch,
                """
                if mkdir '\(scratch.path("once/again"))' 2>/dev/null; then read -r line; exit 3; fi
                \(Self.granting)
                """)
            try wait(scratch) { try !requests(scratch, "granted").isEmpty }
            #expect(agent.stop(SIGTERM) == 0)
            #expect(scratch.errors.contains("provider bash has ended: exit code 3; it is started again in 1 s"))
            #expect(
                try scratch.text().contains("\"cause\":\"provider_failed\""), "the loss is not told")
        }

        @Test func oneThatSaysNonsenseOrNothingIsRefusedAndCounted() throws {
            let scratch = try Scratch()
            let agent = try start(scratch, "echo 'hello'; exec sleep 1000")
            try wait(scratch) {
                try requests(scratch, "denied").contains { $0.contains("bash did not answer within 2 s") }
            }
            #expect(scratch.errors.contains("provider bash said what is not understood: no JSON object"))
            #expect(try scratch.text().contains("\"cause\":\"provider_failed\""))
            // It does not look at its input: it is ended by force, in time.
            #expect(agent.stop(SIGTERM) == 0)
            #expect(scratch.errors.contains("provider bash has ended: signal 15"))
        }

        @Test func itGoesWithAnAgentThatIsKilled() throws {
            let scratch = try Scratch()
            let agent = try start(scratch, "echo \"pid $$\" >&2; exec sleep 1000")
            try wait(scratch) { scratch.errors.contains("pid ") }
            let text = try #require(scratch.errors.firstMatch(of: /pid ([0-9]+)\n/))
            let pid = try #require(pid_t(String(text.1)))
            #expect(kill(pid, 0) == 0)
            agent.stop(SIGKILL)
            try wait(scratch) { kill(pid, 0) != 0 }
        }

        @Test func aProgramThatIsNotThereEndsTheStart() throws {
            let scratch = try Scratch()
            for (provider, said) in [
                ("command: [/no/such]", "provider.command: /no/such cannot be run: No such file"),
                ("{command: [/bin/sh], user: no-one-here}", "has no user \"no-one-here\""),
            ] {
                let text = provider.hasPrefix("{") ? "provider: \(provider)" : "provider: {\(provider)}"
                try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.path("settings.yaml")))
                let agent = try scratch.start(["run", "--json", "--config", scratch.path("settings.yaml")])
                #expect(agent.exitCode == 3)
                #expect(scratch.errors.contains(said), "\(scratch.errors)")
            }
        }

        /// One program at a time, whatever is read again: another plan, a program that is not there, and a good one again.
        @Test func aReloadEndsTheOldProgramAndAsksTheNewOne() throws {
            let scratch = try Scratch()
            let agent = try start(scratch, Self.granting, takesReloads: true)
            try wait(scratch) { try !requests(scratch, "granted").isEmpty }
            let settings = scratch.path("settings.yaml")
            let first = try String(contentsOfFile: settings, encoding: .utf8)
            func reload(_ text: String, until said: String) throws {
                let before = scratch.errors.ranges(of: said).count
                try Data(text.utf8).write(to: URL(fileURLWithPath: settings))
                agent.signal(SIGHUP)
                try wait(scratch) { scratch.errors.ranges(of: said).count > before }
            }
            func count(_ said: String) -> Int { scratch.errors.ranges(of: said).count }
            // Nobody of the first group is left: it saw the end of its input, and was waited for.
            let more = first.replacingOccurrences(of: "[cpu]", with: "[cpu, memory]")
            try reload(more, until: "the configuration was read again: plan.resources")
            try wait(scratch) { count("started as ") == 2 }
            #expect(count("provider bash has ended: exit code 0") == 1, "\(scratch.errors)")
            let granted = try requests(scratch, "granted").count
            try wait(scratch) { try requests(scratch, "granted").count > granted }
            // What cannot be started leaves what can.
            let bad = more.replacingOccurrences(of: "- /bin/bash", with: "- /no/such")
            try reload(bad, until: "limits and the provider stay as they were: provider.command: /no/such cannot be run")
            try wait(scratch) { count("started as ") == 3 }
            #expect(count("it is started again in") == 0, "\(scratch.errors)")
            let good = more.replacingOccurrences(of: "timeout: 2s", with: "timeout: 3s")
            try reload(good, until: "the configuration was read again: provider.command, provider.timeout")
            try wait(scratch) { count("started as ") == 4 }
            let later = try requests(scratch, "granted").count
            try wait(scratch) { try requests(scratch, "granted").count > later }
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            #expect(count("provider bash has ended: exit code 0") == 4 && count("saw the end") == 4, "\(scratch.errors)")
        }

        /// Nor are there two at a time where the agent starts it by itself.
        @Test func withoutAHelperTheOldProgramEndsFirstToo() throws {
            let scratch = try Scratch()
            let agent = try start(
                scratch, Self.granting + "\nsleep 0.5\necho gone >&2\n", more: "security: {confine: false}", takesReloads: true)
            try wait(scratch) { try !requests(scratch, "granted").isEmpty }
            let settings = scratch.path("settings.yaml")
            let first = try String(contentsOfFile: settings, encoding: .utf8)
            let bad = first.replacingOccurrences(of: "- /bin/bash", with: "- /no/such")
            try Data(bad.utf8).write(to: URL(fileURLWithPath: settings))
            agent.signal(SIGHUP)
            try wait(scratch) { scratch.errors.contains("the provider stays as it was: provider.command: /no/such cannot be run") }
            #expect(!scratch.errors.contains("saw the end"), "it stays: \(scratch.errors)")
            let more = first.replacingOccurrences(of: "[cpu]", with: "[cpu, memory]")
            try Data(more.utf8).write(to: URL(fileURLWithPath: settings))
            agent.signal(SIGHUP)
            try wait(scratch) { scratch.errors.ranges(of: "started as ").count == 2 }
            let said = scratch.errors
            let gone = try #require(said.range(of: "gone"), "\(said)")
            let second = try #require(said.ranges(of: "started as ").last)
            #expect(gone.lowerBound < second.lowerBound, "\(said)")
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
        }

        private static func field(_ name: String, _ line: String) -> Double? {
            guard let range = line.range(of: "\"\(name)\":") else { return nil }
            return Double(line[range.upperBound...].prefix { $0 != "," && $0 != "}" })
        }
    }
}
