import Agent
import Aggregates
import Foundation
import Planner
import Settings
import Testing

@Suite struct PrecedenceTests {
    private func origin(_ key: String, in configuration: EffectiveConfiguration) throws -> String {
        configuration.origin(of: try #require(Setting.named[key])).text
    }

    @Test func theFileGoesOverDefaultsAndFlagsOverTheFile() throws {
        let fixture = try ConfigurationFixture("plan:\n  lead: 2m\n  cost_ratio: 9\n")
        let configuration = try fixture.load([FlagValue("--lead", "90", sets: ["plan.lead"])])
        #expect(configuration.settings.lead == 90_000_000_000)
        #expect(configuration.settings.costRatio == 9)
        #expect(configuration.settings.downHold == 0)
        #expect(try origin("plan.lead", in: configuration) == "--lead")
        #expect(try origin("plan.cost_ratio", in: configuration) == "\(fixture.path):3")
        #expect(try origin("plan.down_hold", in: configuration) == "default")
    }

    /// `--cost-ratio` is about all resources, so one that a file gave to a resource gives way.
    @Test func aFlagForAllGoesOverAFilesValueForOne() throws {
        let fixture = try ConfigurationFixture("plan: {cpu: {cost_ratio: 9, lead: 1m}}\n")
        #expect(try fixture.load().settings.options.engine.plans[0].configuration.costRatio == 9)
        let flag = FlagValue(
            "--cost-ratio",
            "99",
            sets: ["plan.cost_ratio"],
            resets: ["plan.cpu.cost_ratio", "plan.memory.cost_ratio"]
        )
        let configuration = try fixture.load([flag])
        let plans = configuration.settings.options.engine.plans
        #expect(plans.map(\.configuration.costRatio) == [99, 99])
        #expect(plans[0].configuration.leadTimeNanoseconds == 60_000_000_000)
        #expect(try origin("plan.cpu.cost_ratio", in: configuration) == "--cost-ratio")
        #expect(try origin("plan.memory.cost_ratio", in: configuration) == "default")
    }

    @Test func anObjectiveStandsForTheCostRatio() throws {
        let fixture = try ConfigurationFixture(
            "plan: {short_at_most: 0.01, cost_ratio: 4, memory: {cost_ratio: 9}}\n")
        let ratios = try fixture.load().settings.options.engine.plans.map(\.configuration.costRatio)
        #expect((ratios[0] - 99).magnitude < 1e-9)
        #expect(ratios[1] == 9)
    }

    @Test func onlyCgroupsThatAreNamedAreLimitedAndEachOnce() throws {
        func problems(_ enforce: String) throws -> String {
            let fixture = try ConfigurationFixture("enforce: {\(enforce)}\n")
            do {
                _ = try fixture.load()
                return ""
            } catch let error as ConfigurationError {
                return error.problems.map { "\($0)" }.joined(separator: "\n")
            }
        }
        #expect(try problems("enabled: true").contains("names no cgroup"))
        #expect(try problems("cgroups: [/a, /a/b]").contains("/a/b lies in /a"))
        #expect(try problems("cgroups: [/a], preferred: [/b]").contains("/b is not in enforce.cgroups"))
        #expect(try problems("cgroups: [/]").contains("the root cgroup has no limits"))
        #expect(try problems("cgroups: [/a/../b]").contains("plain path"))
        #expect(try problems("enabled: true, cgroups: [/a, /ab], preferred: [/ab]").isEmpty)

        let good = try ConfigurationFixture("enforce: {enabled: true, cgroups: [/a], warmup: 1m}\n")
        let options = try good.load().settings.options
        #expect(options.engine.plans.map(\.cgroup) == [nil, nil, "/a", "/a"])
        #expect(options.engine.plans.last?.configuration.costRatio == 99)
        #expect(options.engine.forecastsToPlanCgroup == 60)
    }

    @Test func theEnvironmentGoesOverTheFile() throws {
        let fixture = try ConfigurationFixture("runtime: {directory: /run/other}\n")
        #expect(try fixture.load().settings.options.runtimeDirectory.path == "/run/other")
        let configuration = try EffectiveConfiguration(
            file: fixture.path,
            runtimeDirectory: "/run/mine"
        )
        #expect(configuration.settings.options.runtimeDirectory.path == "/run/mine")
        #expect(try origin("runtime.directory", in: configuration) == "HEADROOM_RUNTIME_DIRECTORY")
    }

    @Test func theUsualFileIsReadWhenItExists() throws {
        let fixture = try ConfigurationFixture("plan: {lead: 2m}\n")
        let there = try EffectiveConfiguration(standardPath: fixture.path, runtimeDirectory: nil)
        #expect(there.file == fixture.path)
        #expect(there.settings.lead == 120_000_000_000)
        let missing = try EffectiveConfiguration(
            standardPath: fixture.path + ".not",
            runtimeDirectory: nil
        )
        #expect(missing.file == nil)
        #expect(missing.settings.lead == 300_000_000_000)
    }

    @Test func aFlagsProblemNamesTheFlag() throws {
        let fixture = try ConfigurationFixture("plan: {lead: 2m}\n")
        do throws(ConfigurationError) {
            _ = try EffectiveConfiguration(
                file: fixture.path,
                flags: [FlagValue("--lead", "soon", sets: ["plan.lead"])]
            )
            Issue.record("taken")
        } catch {
            #expect(
                error.problems == [
                    "--lead: \"soon\" is not a number with a unit; expected a duration from 0 to 7d, such as 5m"
                ]
            )
        }
    }

    @Test func valuesThatCannotBeHadTogetherAreRefused() throws {
        #expect(
            try ConfigurationFixture.problems(
                "plan:\n  cpu:\n    min: 10\n    max: 11\n    chunk: 3\n"
            ) == [
                "FILE:4:10: plan.cpu.max: no whole number of chunks of 3 lies between min 10 and max 11"
            ]
        )
    }

    @Test func quantilesOfCostRatiosAreAddedAsFarAsThereIsRoom() throws {
        let text = """
            forecast: {quantiles: [0.1, 0.2, 0.3, 0.4, 0.45]}
            plan: {cpu: {cost_ratio: 3}}
            """
        let engine = try ConfigurationFixture(text).load().settings.options.engine
        #expect(engine.allQuantiles == [0.1, 0.2, 0.3, 0.4, 0.45, 0.95])
    }

    @Test func aLeadBeyondEveryHorizonIsAWarning() throws {
        let fixture = try ConfigurationFixture("plan:\n  lead: 10m\n")
        #expect(
            try fixture.load().warnings == [
                "\(fixture.path):2:9: forecast.horizons: none reaches the plan's lead of 10m: it is planned with the longest, 5m"
            ]
        )
    }

    @Test(arguments: [(0o644, false), (0o664, false), (0o646, true), (0o600, false)])
    func aFileThatOthersMayWriteIsAWarning(mode: Int, isWarned: Bool) throws {
        let fixture = try ConfigurationFixture("plan: {}\n")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: fixture.path)
        guard getuid() == 0 else {
            // Whoever runs the test owns the file, and is not root.
            #expect(try fixture.load().warnings.count == 1)
            return
        }
        #expect(try fixture.load().warnings.isEmpty != isWarned)
        try FileManager.default.setAttributes(
            [.ownerAccountID: 65534],
            ofItemAtPath: fixture.path
        )
        #expect(try fixture.load().warnings.count == 1)
    }
}
