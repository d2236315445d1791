import Aggregates
import Capacity
import Connect
import Fleet
import FoundationEssentials
import Logging
import Planner
import Synchronization
import Testing

/// Grants all, and remembers what it was asked.
final class GrantingService: CapacityService {
    let name = "granting"
    let requests = Mutex<[CapacityRequest]>([])
    let isKnown = Atomic(true)

    func reserve(_ request: CapacityRequest, onPending: @Sendable () -> Void) async -> CapacityOutcome {
        requests.withLock { $0.append(request) }
        return .granted(amount: request.amount)
    }

    func observe(pool: String, _ resource: Resource, demand: Double?) async -> CapacityObservation? {
        guard isKnown.load(ordering: .relaxed) else { return nil }
        let ready = requests.withLock { $0.last { $0.pool == pool && $0.resource == resource }?.amount }
        return CapacityObservation(ready: ready ?? 0, pending: 0, allocatable: nil)
    }
}

/// Says what a test sets.
final class SetLeadership: Leadership {
    private let value: Atomic<Bool>
    init(_ value: Bool) { self.value = Atomic(value) }
    func set(_ new: Bool) { value.store(new, ordering: .relaxed) }
    var mayAct: Bool { value.load(ordering: .relaxed) }
}

@Suite struct FleetPlannerTests {
    let store = ScriptedStore()
    let service = GrantingService()
    let leadership = SetLeadership(true)

    func planner(history: Int64 = 0, pools: [FleetPool] = [.all], checkpoint: FleetCheckpoint? = nil) -> FleetPlanner {
        var configuration = FleetConfiguration.standard(resources: [.cpu])
        configuration.historySeconds = history
        configuration.pools = pools
        return FleetPlanner(
            configuration: configuration, store: store, service: service, leadership: leadership,
            checkpoint: checkpoint, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func tick(_ values: [(name: String, value: String)]) {
        store.set { script in
            script.now += 15
            script.newest = script.now
            script.values = values
        }
    }

    @Test func whatIsInUseIsCoveredInTheFirstRound() async {
        let planner = planner()
        tick([("shop/Deployment/web", "3.5"), ("shop/Deployment/api", "2"), ("shop/Deployment/web", "1")])
        let report = await planner.round()
        #expect(report.holds.isEmpty)
        #expect(report.plans.map(\.decision.demand) == [6.5])
        #expect(report.applications == 2)
        _ = await planner.finish()
        #expect(service.requests.withLock { $0.first?.amount ?? 0 } >= 6.5)
        #expect(service.requests.withLock { $0.first?.demand } == 6.5)
    }

    @Test func anEmptyPrometheusHoldsThePlan() async {
        let planner = planner()
        store.set { $0.newest = nil }
        let report = await planner.round()
        #expect(report.holds.map(\.reason) == [.empty])
        #expect(report.plans.isEmpty)
    }

    @Test func staleSamplesHoldThePlanAndAreNotLearned() async {
        let planner = planner()
        tick([("a", "1")])
        _ = await planner.round()
        store.set { $0.now += 46 }
        let report = await planner.round()
        #expect(report.holds.map(\.reason) == [.stale])
        #expect(report.plans.isEmpty)
    }

    @Test func samplesThatEndedAreStaleNotNeverThere() async {
        let planner = planner()
        tick([("a", "1")])
        _ = await planner.round()
        store.set { script in
            script.now += 15
            script.newest = nil
            script.lastSeen = script.now - 20
        }
        let report = await planner.round()
        #expect(report.holds.map(\.reason) == [.stale])
        #expect(report.holds.first?.text.contains("ended 20 s ago") == true, "\(report.holds)")
        #expect(report.plans.isEmpty)
    }

    @Test func historyThatCannotBeReadHoldsThePlanUntilItCan() async {
        let planner = planner(history: 86_400)
        store.set { $0.rangeFailure = PrometheusFailure(.unavailable, "starting", status: 503) }
        tick([("a", "4")])
        let report = await planner.round()
        #expect(report.holds.map(\.reason) == [.noHistory])
        #expect(report.plans.isEmpty)
        store.set { $0.rangeFailure = nil }
        tick([("a", "4")])
        let after = await planner.round()
        #expect(after.holds.isEmpty)
        #expect(after.plans.first.map { $0.maturedForecasts > 1_000 } == true)
    }

    /// Sums over agents fall when agents do not answer: that is no reason to give capacity back.
    @Test(arguments: [1.0, 0.5]) func aFleetThatIsHalfSeenGivesNothingBack(_ answering: Double) async {
        let planner = planner()
        for _ in 0..<200 {
            tick([("a", "40")])
            _ = await planner.round()
            _ = await planner.finish()
        }
        let before = service.requests.withLock { $0.last?.amount ?? 0 }
        store.set { $0.answering = answering }
        var demands: Set<Double> = []
        for _ in 0..<400 {
            tick([("a", "20")])
            demands.formUnion(await planner.round().plans.map(\.decision.demand))
            _ = await planner.finish()
        }
        let after = service.requests.withLock { $0.last?.amount ?? 0 }
        #expect(demands == [20])
        #expect(before >= 40)
        #expect(answering == 1 ? after < before : after == before, "\(before) before, \(after) after")
    }

    @Test(arguments: [
        PrometheusFailure(.unreachable, "refused"), PrometheusFailure(.timeout, "slow"),
        PrometheusFailure(.unavailable, "starting", status: 503),
    ])
    func aPrometheusThatFailsHoldsThePlanUntilItIsBack(_ failure: PrometheusFailure) async {
        let planner = planner()
        tick([("a", "1")])
        _ = await planner.round()
        store.set { $0.failure = failure }
        #expect(await planner.round().holds.map(\.reason) == [.unanswered])
        store.set { $0.failure = nil }
        tick([("a", "1")])
        let report = await planner.round()
        #expect(report.holds.isEmpty)
        #expect(report.plans.count == 1)
    }

    @Test func aClockThatGoesBackHoldsThePlan() async {
        let planner = planner()
        tick([("a", "1")])
        _ = await planner.round()
        store.set { script in
            script.now -= 3_600
            script.newest = script.now
        }
        #expect(await planner.round().holds.map(\.reason) == [.nothingNew])
    }

    @Test func whoIsGoneCountsZeroWhileAllAgentsAnswer() async {
        let planner = planner()
        tick([("a", "4"), ("b", "2")])
        _ = await planner.round()
        tick([("b", "2")])
        let report = await planner.round()
        #expect(report.plans.map(\.decision.demand) == [2])
        #expect(report.counts.retired == 1)
    }

    @Test func whoWasNotSeenKeepsItsPlaceWhileAgentsAreMissing() async {
        let planner = planner()
        tick([("a", "4"), ("b", "2")])
        _ = await planner.round()
        store.set { $0.answering = 0.5 }
        tick([("b", "2")])
        let report = await planner.round()
        #expect(report.plans.map(\.decision.demand) == [6])
        #expect(report.counts.retired == 0)
        #expect(report.counts.held == 1)
    }

    @Test func withoutAgentsToCountNothingIsDecided() async {
        let planner = planner()
        tick([("a", "4")])
        store.set { $0.answering = nil }
        #expect(await planner.round().holds.map(\.reason) == [.noControl])
    }

    @Test func whatIsNoDemandIsCountedAndLeftOut() async {
        let planner = planner()
        tick([("a", "NaN"), ("b", "+Inf"), ("c", "-1"), ("d", "1"), ("", "7")])
        let report = await planner.round()
        #expect(report.counts.unusable == 3)
        #expect(report.counts.unnamed == 1)
        #expect(report.plans.map(\.decision.demand) == [1])
    }

    @Test func aFollowerLearnsAndDecidesNothing() async {
        leadership.set(false)
        let planner = planner()
        for _ in 0..<3 {
            tick([("a", "4")])
            let report = await planner.round()
            #expect(!report.isActive)
            #expect(report.plans.isEmpty)
        }
        leadership.set(true)
        tick([("a", "4")])
        #expect(await planner.round().plans.first?.decision.forecast != nil)
    }

    @Test func aServiceThatDoesNotKnowWhatThereIsHoldsThePlan() async {
        service.isKnown.store(false, ordering: .relaxed)
        let planner = planner()
        tick([("a", "4")])
        let report = await planner.round()
        #expect(report.holds.map(\.reason) == [.capacityUnknown])
        #expect(service.requests.withLock { $0.isEmpty })
    }

    @Test func historyIsReadInPartsBeforeTheFirstPlan() async {
        let planner = planner(history: 8 * 86_400)
        tick([("a", "4")])
        let report = await planner.round()
        #expect(store.script.withLock { $0.rangeQueries } == 2)
        #expect(report.plans.first.map { $0.maturedForecasts > 1_000 } == true)
    }

    @Test func poolsHaveTheirOwnApplicationsAndNoOthers() async {
        let pools = [
            FleetPool(name: "shop", patterns: [ApplicationPattern("shop/*/*")!]),
            FleetPool(name: "web", patterns: [ApplicationPattern("*/Deployment/web-*")!]),
        ]
        let planner = planner(pools: pools)
        tick([("shop/Deployment/web-1", "1"), ("blog/Deployment/web-1", "2"), ("blog/Job/x", "4")])
        let report = await planner.round()
        #expect(report.plans.map(\.decision.demand) == [1, 2])
        #expect(report.counts.outsidePools == 1)
    }

    @Test func whatWasLearnedOutlivesARestartAndADamagedFileDoesNotStopIt() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UInt64.random(in: .min ... .max))").path
        let checkpoint = FleetCheckpoint(path: path)
        defer {
            try? FileManager.default.removeItem(atPath: path)
            try? FileManager.default.removeItem(atPath: path + ".refused")
        }
        let first = planner(checkpoint: checkpoint)
        for _ in 0..<100 {
            tick([("a", "4")])
            _ = await first.round()
        }
        await first.save()
        let second = planner(checkpoint: checkpoint)
        #expect(await second.restore() == .restored(.init(restored: 4)))
        tick([("a", "4")])
        let (one, other) = (await first.round(), await second.round())
        #expect(one.plans.first?.decision.forecast == other.plans.first?.decision.forecast)
        #expect(one.plans.first?.maturedForecasts == other.plans.first?.maturedForecasts)
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        let third = planner(checkpoint: checkpoint)
        guard case .refused = await third.restore() else {
            Issue.record("a damaged file was taken")
            return
        }
        #expect(await third.checkpointFailures == 1)
        #expect(await third.round().plans.first?.decision.demand == 4)
    }
}
