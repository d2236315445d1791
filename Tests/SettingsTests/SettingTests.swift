import Agent
import Aggregates
import Logging
import Planner
import Probes
import Settings
import Telemetry
import Testing

@Suite struct SettingTests {
    /// Each key with another value than its default, and what the agent gets.
    @Test func everyKeyReachesTheAgent() throws {
        let text = """
            sampling: {interval: 500ms, max_cgroups: 100, ring_size: 1MiB}
            probes: {run_queue_delay: false, network: false, disk: false, bursts: false}
            forecast: {horizons: [2m], quantiles: [0.25, 0.75]}
            plan:
              resources: [net_rx, cpu]
              cost_ratio: 9
              lead: 1m
              down_hysteresis: 0.2
              down_hold: 0
              cpu: {chunk: 0.5, min: 1, max: 8, allocatable: 6.5, cost_ratio: 4, lead: 30s}
              net_rx: {chunk: 2MB, min: 4MB, allocatable: 1GiB}
            alarms: {stall: 50ms}
            overhead: {budget_percent: 2.5}
            telemetry: {socket: false, listen: "[::1]:9417", max_cgroups: 20}
            recording: {path: /var/lib/headroom/x.hrr}
            output: {format: json, log_level: debug}
            runtime: {directory: /run/other, duration: 8h}
            """
        let settings = try ConfigurationFixture(text).load().settings
        let options = settings.options
        #expect(options.engine.intervalNanoseconds == 500_000_000)
        #expect(options.engine.tableSlots == 100)
        #expect(options.profiler.maxCgroups == 100)
        #expect(options.profiler.ringBytes == 1_048_576)
        #expect(
            !options.profiler.runQueueDelay && !options.profiler.network && !options.profiler.disk
        )
        #expect(!options.profiler.bursts && options.profiler.stallNanoseconds == 50_000_000)
        #expect(!settings.telemetry.hasSocket && settings.telemetry.maxCgroups == 20)
        #expect(settings.telemetry.listen?.description == "[::1]:9417")
        #expect(options.engine.horizonsNanoseconds == [120_000_000_000])
        #expect(options.engine.quantiles == [0.25, 0.75])
        #expect(options.budgetCores == 0.025)
        #expect(options.recordingPath == "/var/lib/headroom/x.hrr")
        #expect(options.runtimeDirectory.path == "/run/other")
        #expect(options.durationNanoseconds == 28_800_000_000_000)
        #expect(options.limits == [.cpu: 6.5, .networkReceive: 0x1p30])
        #expect(settings.output == .json)
        #expect(settings.logLevel == .debug)

        #expect(options.engine.plans.map(\.resource) == [.networkReceive, .cpu])
        let network = options.engine.plans[0].configuration
        #expect(network.costRatio == 9)
        #expect(network.leadTimeNanoseconds == 60_000_000_000)
        #expect(network.chunk == 2e6 && network.minimum == 4e6 && network.maximum == .infinity)
        #expect(network.downHysteresis == 0.2 && network.downHoldNanoseconds == 0)
        let cpu = options.engine.plans[1].configuration
        #expect(cpu.costRatio == 4)
        #expect(cpu.leadTimeNanoseconds == 30_000_000_000)
        #expect(cpu.chunk == 0.5 && cpu.minimum == 1 && cpu.maximum == 8)
    }

    @Test func withoutAFileTheAgentRunsAsItAlwaysDid() throws {
        let settings = try EffectiveConfiguration(standardPath: "", runtimeDirectory: nil).settings
        let options = settings.options
        let usual = AgentOptions()
        var engine = options.engine
        #expect(engine.plans.map(\.resource) == [.cpu, .memory])
        #expect(engine.plans.map(\.configuration.chunk) == [0.25, 67_108_864])
        engine.plans = []
        #expect(engine == usual.engine)
        #expect(options.profiler == usual.profiler)
        #expect(options.budgetCores == usual.budgetCores)
        #expect(options.limits.isEmpty)
    }

    @Test func noBudgetIsNoLimit() throws {
        let settings = try ConfigurationFixture("overhead: {budget_percent: 0}").load().settings
        #expect(settings.options.budgetCores == nil)
    }

    @Test func stallAlarmsCanBeOff() throws {
        let settings = try ConfigurationFixture("alarms: {stall: none}").load().settings
        #expect(settings.options.profiler.stallNanoseconds == nil)
    }

    @Test(arguments: [
        "0.0.0.0:9417", "10.0.0.1:9417", "[::]:9417", "[::ffff:127.0.0.1]:9417", "[2001:db8::1]:80",
        ":9417", "*:9417",
    ])
    func telemetryOutsideOfTheHostIsRefused(address: String) throws {
        #expect(
            try ConfigurationFixture.problems("telemetry: {listen: \"\(address)\"}") == [
                "FILE:1:21: telemetry.listen: \"\(address)\" can be reached from other hosts; expected "
                    + "127.0.0.1:PORT or [::1]:PORT, such as 127.0.0.1:9417; or none"
            ]
        )
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+80", "localhost:80", "::1:80",
        "127.1:80", "[::1]", "[127.0.0.1]:80", "127.0.0.1:80 ", "9417", "true", "",
    ])
    func whatIsNoAddressIsRefused(address: String) throws {
        let problems = try ConfigurationFixture.problems("telemetry: {listen: \"\(address)\"}")
        #expect(problems.count == 1)
        #expect(problems.first?.contains("expected 127.0.0.1:PORT or [::1]:PORT") == true)
    }

    @Test func nothingMayBePlanned() throws {
        let settings = try ConfigurationFixture("plan: {resources: []}").load().settings
        #expect(settings.options.engine.plans.isEmpty)
        let flag = FlagValue("--plan", "", sets: ["plan.resources"])
        let none = try EffectiveConfiguration(
            flags: [flag],
            standardPath: "",
            runtimeDirectory: nil
        )
        #expect(none.settings.options.engine.plans.isEmpty)
    }

    /// Flags take what they always took: seconds and bytes without a unit, lists with commas.
    @Test(arguments: [
        ("sampling.interval", "0.5", "500ms"), ("plan.lead", "300", "5m"),
        ("forecast.horizons", "60,300", "[1m, 5m]"), ("forecast.horizons", "1m,2h", "[1m, 2h]"),
        ("forecast.quantiles", "0.5,0.99", "[0.5, 0.99]"), ("plan.memory.chunk", "4096", "4KiB"),
        ("plan.memory.chunk", "1.5GiB", "1536MiB"),
        ("plan.resources", "cpu,disk_read", "[cpu, disk_read]"),
        ("recording.path", "night.hrr", "night.hrr"),
    ])
    func flags(key: String, text: String, value: String) throws {
        let flag = FlagValue("--x", text, sets: [key])
        let configuration = try EffectiveConfiguration(
            flags: [flag],
            standardPath: "",
            runtimeDirectory: nil
        )
        #expect(values(configuration)[key] == value)
    }

    @Test(arguments: [
        "0", "0s", "1500ms", "1.5s", "90s", "1.5m", "0.025h", "90000000us", "90000000000ns",
    ])
    func durationsKeepTheirMeaning(text: String) throws {
        let settings = try ConfigurationFixture("plan: {down_hold: \(text)}").load().settings
        let nanoseconds: Int64 =
            text.hasPrefix("0") && text != "0.025h"
            ? 0
            : text.hasPrefix("15") || text == "1.5s"
                ? 1_500_000_000 : 90_000_000_000
        #expect(settings.downHold == nanoseconds)
    }
}
