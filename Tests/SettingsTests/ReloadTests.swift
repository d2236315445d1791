import Agent
import Logging
import Settings
import Telemetry
import Testing

/// Which changes of a file a running agent takes over.
@Suite struct ReloadTests {
    private func reloaded(_ text: String, over before: String) throws -> ReloadedSettings {
        ReloadedSettings(
            try ConfigurationFixture(text).load().settings,
            over: try ConfigurationFixture(before).load().settings)
    }

    @Test func plansAreTakenOverAndWindowsAreNot() throws {
        let reloaded = try reloaded(
            "plan: {lead: 2m, cpu: {chunk: 1}}\nsampling: {interval: 5s}\nforecast: {horizons: [2m]}\nstate: {interval: 1m}\n",
            over: "plan: {lead: 5m}\n")
        #expect(reloaded.applied == ["plan.lead", "plan.cpu.chunk", "state.interval"])
        #expect(reloaded.deferred == ["sampling.interval", "forecast.horizons"])
        #expect(reloaded.settings.lead == 120_000_000_000)
        #expect(reloaded.settings.options.engine.intervalNanoseconds == 1_000_000_000)
        #expect(reloaded.settings.options.engine.horizonsNanoseconds == [60_000_000_000, 300_000_000_000])
    }

    /// What is left out again has its default again.
    @Test func whatIsTakenOutIsTakenBack() throws {
        let reloaded = try reloaded("plan: {lead: 5m}\n", over: "plan: {lead: 2m, cost_ratio: 99}\npools: [{name: web, cgroups: [/a]}]\n")
        #expect(reloaded.applied == ["plan.cost_ratio", "plan.lead", "pools"])
        #expect(reloaded.deferred.isEmpty && reloaded.settings.costRatio == 19 && reloaded.settings.pools.isEmpty)
    }

    @Test func nothingIsNothing() throws {
        let reloaded = try reloaded("plan: {lead: 300s}\n", over: "plan: {lead: 5m}\n")
        #expect(reloaded.applied.isEmpty && reloaded.deferred.isEmpty)
    }

    /// Every key is one or the other, and what is deferred keeps its old value.
    @Test func whateverIsDeferredStays() throws {
        let before = try ConfigurationFixture("plan: {lead: 5m}\n").load().settings
        let after = try ConfigurationFixture(
            "probes: {disk: false}\ntelemetry: {listen: 127.0.0.1:9417}\noutput: {format: json}\nhistory: {keep: 1d}\n"
                + "state: {directory: none}\nruntime: {directory: /tmp/elsewhere}\nalarms: {stall: none}\nrecording: {path: /tmp/r}\n"
        ).load().settings
        let reloaded = ReloadedSettings(after, over: before)
        #expect(reloaded.applied.isEmpty && reloaded.deferred.count == 8, "\(reloaded.deferred)")
        for setting in Setting.all { #expect(setting.show(reloaded.settings) == setting.show(before), "\(setting.key)") }
    }

    @Test func whatIsToldOfTheAgentItselfIsTakenOver() throws {
        let reloaded = try reloaded(
            "output: {log_level: error}\noverhead: {budget_percent: 2}\ntelemetry: {max_cgroups: 20, socket: false}\n",
            over: "plan: {lead: 5m}\n")
        #expect(reloaded.applied == ["overhead.budget_percent", "telemetry.max_cgroups", "output.log_level"])
        #expect(reloaded.settings.logLevel == .error && reloaded.settings.telemetry.maxCgroups == 20)
        #expect(reloaded.settings.options.budgetCores == 0.02)
        #expect(reloaded.waiting == "telemetry.socket (sockets are opened once)")
    }

    @Test func whatWaitsSaysWhy() throws {
        let reloaded = try reloaded(
            "forecast: {horizons: [2m], quantiles: [0.5, 0.9]}\nprobes: {disk: false}\n", over: "plan: {lead: 5m}\n")
        #expect(
            reloaded.waiting
                == "probes.disk (programs are loaded and attached once); forecast.horizons, forecast.quantiles (what was learned is about the lead times and quantiles that it began with)"
        )
        for setting in Setting.all { #expect(ReloadedSettings.reasonToWait(setting.key) != "nothing takes it over", "\(setting.key)") }
    }
}
