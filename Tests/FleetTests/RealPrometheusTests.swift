import Aggregates
import Capacity
import Connect
import Fleet
import Foundation
import Logging
import Planner
import Synchronization
import Testing

/// The fleet planner with Debian's Prometheus, our recording rules and agents that it scrapes.
@Suite struct RealPrometheusTests {
    private let service = GrantingService()

    private func planner(_ store: PrometheusClient, history: Int64 = 0) -> FleetPlanner {
        var configuration = FleetConfiguration.standard(resources: [.cpu, .memory])
        configuration.intervalSeconds = 5
        configuration.historySeconds = history
        configuration.historyStepSeconds = 1
        return FleetPlanner(
            configuration: configuration, store: store, service: service, leadership: SetLeadership(true),
            checkpoint: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Rounds until one is as wanted; the last in any case.
    private func rounds(
        _ planner: FleetPlanner, _ what: String, _ prometheus: PrometheusProcess, until isWanted: (RoundReport) -> Bool
    ) async throws -> RoundReport {
        let end = ContinuousClock.now + .seconds(40)
        while true {
            let report = await planner.round()
            _ = await planner.finish()
            if isWanted(report) { return report }
            guard .now < end else {
                Issue.record("\(what): not within 40 s: \(report.holds) \(report.plans.map(\.decision.demand)): \(prometheus.log)")
                return report
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private static func isNear(_ report: RoundReport, cores: Double, bytes: Double) -> Bool {
        let demand = report.plans.map(\.decision.demand)
        return demand.count == 2 && (demand[0] - cores).magnitude < 0.05 * cores && demand[1] == bytes
    }

    private static func areHeld(_ report: RoundReport, _ reason: RoundReport.HoldReason) -> Bool {
        report.holds.map(\.reason) == [reason, reason]
    }

    @Test(.enabled(if: TestTool.prometheus.isThere), .timeLimit(.minutes(4)))
    func plansFollowWhatIsScrapedAndHoldWithoutIt() async throws {
        let agents = try await AgentPages()
        agents.set(away: [true, true])
        let prometheus = try PrometheusProcess(targets: agents.ports)
        var options = PrometheusOptions(url: prometheus.url)
        options.timeLimit = .seconds(5)
        let store = try PrometheusClient(options: options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let planner = planner(store)

        #expect(Self.areHeld(await planner.round(), .unanswered), "nobody listens yet")
        try prometheus.start()
        let empty = try await rounds(planner, "empty", prometheus) { Self.areHeld($0, .empty) }
        #expect(empty.plans.isEmpty)
        #expect(empty.holds.allSatisfy { $0.text.contains("has no samples of headroom:application_") })

        agents.set(away: [false, false])
        let whole = try await rounds(planner, "all agents", prometheus) {
            Self.isNear($0, cores: AgentPages.cores, bytes: AgentPages.bytes)
        }
        #expect(whole.holds.isEmpty)
        #expect(whole.applications == 2, "what is no application's is in no sum")
        #expect(whole.series == 4)
        let asked = service.requests.withLock { $0 }
        #expect(asked.contains { $0.resource == .memory && $0.amount >= AgentPages.bytes })

        // History as a range query over the recorded series, as a real Prometheus takes it.
        let late = self.planner(store, history: 300)
        let learned = try await rounds(late, "history", prometheus) { !$0.plans.isEmpty }
        #expect(learned.holds.isEmpty)
        #expect(learned.plans.first?.decision.forecast != nil)

        agents.set(away: [false, true])
        let half = try await rounds(planner, "one agent of two", prometheus) {
            Self.isNear($0, cores: AgentPages.coresOfFirst, bytes: AgentPages.bytesOfFirst)
        }
        #expect(half.plans.allSatisfy { $0.decision.change >= 0 })
        #expect(half.counts.retired == 0)

        agents.set(away: [true, true])
        let stale = try await rounds(planner, "no agent", prometheus) { Self.areHeld($0, .stale) }
        #expect(stale.plans.isEmpty)
        #expect(stale.holds.allSatisfy { $0.text.contains("no forecast from stale data") })

        agents.set(away: [false, false])
        _ = try await rounds(planner, "agents are back", prometheus) {
            Self.isNear($0, cores: AgentPages.cores, bytes: AgentPages.bytes)
        }

        try await prometheus.stop()
        #expect(Self.areHeld(await planner.round(), .unanswered))
        try prometheus.start()
        let back = try await rounds(planner, "Prometheus is back", prometheus) {
            Self.isNear($0, cores: AgentPages.cores, bytes: AgentPages.bytes)
        }
        #expect(back.holds.isEmpty)
        try await prometheus.stop()
        await store.close()
        await agents.close()
    }

    /// Each recording rule that the planner reads is there, under the name by which it asks.
    @Test(.enabled(if: TestTool.promtool.isThere)) func rulesAreWhatIsAskedFor() async throws {
        let folder = try Folder()
        let rules = TestTool.root.appendingPathComponent("deploy/prometheus").path
        for (name, words) in [
            ("check", ["check", "rules", rules + "/headroom-rules.yaml"]),
            ("test", ["test", "rules", rules + "/headroom-rules-test.yaml"]),
        ] {
            let process = try BoundedProcess([TestTool.promtool.path!] + words, in: folder, name: name, seconds: 60)
            #expect(try await process.exitCode() == 0, "\(folder.text(name + ".out"))\(folder.text(name + ".err"))")
        }
        let text = try String(contentsOfFile: rules + "/headroom-rules.yaml", encoding: .utf8)
        for resource in Resource.measured {
            #expect(text.contains("record: \(FleetResource.standardSelector(resource))\n"), "\(resource.name)")
        }
    }
}
