import Foundation
import TestSupport
import Testing

/// The command itself, as people run it: what it prints and its exit codes.
@Suite struct ConfigCommandTests {
    private struct Result {
        let exitCode: Int32
        let output: String
        let errors: String
    }

    private func headroom(_ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = BuiltProgram.url("headroom")
        process.arguments = arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            exitCode: process.terminationReason == .exit ? process.terminationStatus : -1,
            output: String(decoding: printed, as: UTF8.self),
            errors: String(decoding: complained, as: UTF8.self)
        )
    }

    @Test func checkPrintsWhatWouldBeInEffect() throws {
        let fixture = try ConfigurationFixture("plan:\n  lead: 2m\n")
        let result = try headroom(["config", "check", fixture.path])
        #expect(result.exitCode == 0)
        let lead = try #require(
            result.output.split(separator: "\n").first { $0.contains(" lead: 2m") }
        )
        #expect(lead.hasSuffix("# \(fixture.path):2"))
        #expect(result.output.contains("  interval: 1s "))
    }

    @Test func checkOfABadFileIsCode2() throws {
        let fixture = try ConfigurationFixture("plan:\n  leed: 2m\n")
        let result = try headroom(["config", "check", fixture.path])
        #expect(result.exitCode == 2)
        #expect(result.output.isEmpty)
        #expect(
            result.errors
                == "headroom: \(fixture.path):2:3: plan.leed: no such key; did you mean plan.lead?\n"
        )
    }

    @Test(arguments: [
        ["run"], ["record", "x.hrr"], ["config", "show"], ["top"], ["maps", "losses"],
    ])
    func aBadFileEndsEveryCommandThatNamesItWithCode2(command: [String]) throws {
        let fixture = try ConfigurationFixture("plan: {lead: soon}\n")
        let result = try headroom(command + ["--config", fixture.path])
        #expect(result.exitCode == 2)
        #expect(result.errors.contains("\(fixture.path):1:14: plan.lead: \"soon\""))
    }

    /// Every flag of the agent reaches its key.
    @Test func everyFlagSetsItsKey() throws {
        let flags: [(name: String, text: String?, key: String, value: String)] = [
            ("--interval", "2", "sampling.interval", "2s"),
            ("--duration", "60", "runtime.duration", "1m"),
            ("--horizon", "60,600", "forecast.horizons", "[1m, 10m]"),
            ("--quantile", "0.5,0.9", "forecast.quantiles", "[0.5, 0.9]"),
            ("--plan", "memory", "plan.resources", "[memory]"),
            ("--cost-ratio", "9", "plan.cost_ratio", "9"),
            ("--lead", "2m", "plan.lead", "2m"),
            ("--cpu-chunk", "0.5", "plan.cpu.chunk", "0.5"),
            ("--memory-chunk", "1GiB", "plan.memory.chunk", "1GiB"),
            ("--rate-chunk", "2MiB", "plan.disk_write.chunk", "2MiB"),
            ("--max-cgroups", "99", "sampling.max_cgroups", "99"),
            ("--overhead-budget", "0.5", "overhead.budget_percent", "0.5"),
            ("--stall-alarm", "50ms", "alarms.stall", "50ms"),
            ("--listen", "127.0.0.1:9417", "telemetry.listen", "\"127.0.0.1:9417\""),
            ("--no-run-queue-delay", nil, "probes.run_queue_delay", "false"),
            ("--no-network", nil, "probes.network", "false"),
            ("--disk", nil, "probes.disk", "true"),
            ("--log-level", "info", "output.log_level", "info"),
        ]
        let result = try headroom(
            ["config", "show"] + flags.flatMap { [$0.name] + ($0.text.map { [$0] } ?? []) }
        )
        #expect(result.exitCode == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        for flag in flags {
            let word = flag.key.split(separator: ".").last!
            #expect(
                lines.contains {
                    $0.hasSuffix("  # \(flag.name)")
                        && $0.trimmingCharacters(in: .whitespaces).hasPrefix(
                            "\(word): \(flag.value) "
                        )
                },
                "\(flag.name)"
            )
        }
    }

    @Test func initMakesAFileThatChecksAndNeverReplacesOne() throws {
        let fixture = try ConfigurationFixture("")
        let path = fixture.path + ".new"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let made = try headroom(["config", "init", path])
        #expect(made.exitCode == 0 && made.output.isEmpty, "\(made.errors)")
        #expect(try headroom(["config", "check", path]).exitCode == 0)
        #expect(
            try String(contentsOfFile: path, encoding: .utf8) == headroom(["config", "init"]).output)
        try "mine".write(toFile: path, atomically: true, encoding: .utf8)
        let again = try headroom(["config", "init", path])
        #expect(again.exitCode == 1 && again.errors.contains("\(path): there is such a file"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        let nowhere = try headroom(["config", "init", "/no/such/folder/file"])
        #expect(nowhere.exitCode == 1 && nowhere.errors.contains("No such file or directory"))
    }

    @Test func showSaysWhoSetAValue() throws {
        let fixture = try ConfigurationFixture("plan:\n  lead: 2m\n  cpu: {cost_ratio: 3}\n")
        let result = try headroom([
            "config", "show", "--json", "--config", fixture.path, "--cost-ratio", "99", "--no-disk",
            "--rate-chunk", "2MiB",
        ])
        #expect(result.exitCode == 0, "\(result.errors)")
        var rows: [String: [String: Any]] = [:]
        for line in result.output.split(separator: "\n") {
            let row = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            )
            #expect(row["type"] as? String == "setting")
            rows[try #require(row["key"] as? String)] = row
        }
        #expect(rows["plan.lead"]?["value"] as? String == "2m")
        #expect(rows["plan.lead"]?["file"] as? String == fixture.path)
        #expect(rows["plan.lead"]?["line"] as? Int == 2)
        #expect(rows["plan.cost_ratio"]?["value"] as? Double == 99)
        #expect(rows["plan.cost_ratio"]?["flag"] as? String == "--cost-ratio")
        #expect(rows["plan.cpu.cost_ratio"]?["value"] as? String == "inherit")
        #expect(rows["probes.disk"]?["value"] as? Bool == false)
        #expect(rows["probes.disk"]?["flag"] as? String == "--no-disk")
        #expect(rows["plan.net_tx.chunk"]?["value"] as? String == "2MiB")
        #expect(rows["sampling.interval"]?["from"] as? String == "default")
    }

    @Test(arguments: [
        ["run", "--lead", "soon"], ["run", "--json", "--lines"], ["config", "nonsense"],
        ["run", "--config", "/no/such"], ["config", "check", "/tmp"],
    ])
    func wrongUsageIsCode2(arguments: [String]) throws {
        let result = try headroom(arguments)
        #expect(result.exitCode == 2)
        #expect(!result.errors.isEmpty)
    }

    @Test(arguments: [["config"], ["config", "check"], ["config", "show"], ["run"], ["record"]])
    func helpHasExamples(command: [String]) throws {
        let result = try headroom(command + ["--help"])
        #expect(result.exitCode == 0)
        #expect(result.output.contains("EXAMPLES"))
    }
}
