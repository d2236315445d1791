import Aggregates
import Capacity
import Planner
import TestSupport
import Testing

@Suite struct HostProviderTests {
    /// A node of 16 cores and 64 GiB.
    private let facts = HostFacts(cores: 16, memoryBytes: 68_719_476_736)

    private func request(
        _ id: UInt64,
        _ amount: Double,
        pool: String = "node",
        resource: Resource = .cpu
    ) -> CapacityRequest {
        CapacityRequest(
            id: id,
            pool: pool,
            resource: resource,
            amount: amount,
            change: amount,
            requestedAtNanoseconds: Int64(id),
            neededByNanoseconds: Int64(id) + 300,
            reasons: ["asked by a test"]
        )
    }

    @Test func requestThatFitsIsGrantedInFull() {
        var host = HostProvider(facts: facts)
        #expect(host.reserve(request(1, 12)) == .granted(amount: 12))
        #expect(host.granted(pool: "node", resource: .cpu) == 12)
    }

    @Test func requestBeyondTheNodeIsGrantedInPartWithAReason() {
        var host = HostProvider(facts: facts)
        _ = host.reserve(request(1, 10, pool: "batch"))
        let outcome = host.reserve(request(2, 9.5))
        let reason = "the node has 16.0 cores, other pools hold 10.0 cores; 9.5 cores wanted"
        #expect(outcome == .partial(amount: 6, reason: reason))
        #expect(host.granted(pool: "node", resource: .cpu) == 6)
    }

    @Test func requestWhenNothingIsLeftIsDeniedAndKeepsWhatThePoolHas() {
        var host = HostProvider(facts: facts)
        _ = host.reserve(request(1, 10, pool: "batch"))
        _ = host.reserve(request(2, 9))
        guard case .denied(let reason) = host.reserve(request(3, 8)) else {
            Issue.record("expected a denial")
            return
        }
        #expect(reason.contains("8.0 cores wanted"))
        #expect(host.granted(pool: "node", resource: .cpu) == 6)
    }

    @Test func releaseMakesRoomForOthers() {
        var host = HostProvider(facts: facts)
        _ = host.reserve(request(1, 16, pool: "batch"))
        _ = host.reserve(request(2, 4, pool: "batch"))
        #expect(host.reserve(request(3, 12)) == .granted(amount: 12))
    }

    @Test func repeatedRequestGetsTheSameAnswerAndChangesNothing() {
        var host = HostProvider(facts: facts)
        let asked = request(1, 20)
        let first = host.reserve(asked)
        let granted = host.granted(pool: "node", resource: .cpu)
        #expect(host.reserve(asked) == first)
        #expect(host.granted(pool: "node", resource: .cpu) == granted)
    }

    @Test func idUsedForAnotherRequestIsDenied() {
        var host = HostProvider(facts: facts)
        _ = host.reserve(request(1, 4))
        let outcome = host.reserve(request(1, 8))
        #expect(outcome == .denied(reason: "id 1 was already used for another request"))
        #expect(host.granted(pool: "node", resource: .cpu) == 4)
    }

    @Test func idOlderThanTheLedgerIsDenied() {
        var host = HostProvider(facts: facts, ledgerCapacity: 2)
        for id in 1...3 as ClosedRange<UInt64> { _ = host.reserve(request(id, Double(id))) }
        let outcome = host.reserve(request(1, 1))
        #expect(outcome == .denied(reason: "request 1 is older than the last, 3"))
        #expect(host.granted(pool: "node", resource: .cpu) == 3)
    }

    @Test(arguments: [Double.nan, -1, .infinity])
    func amountThatIsNoCapacityIsDenied(amount: Double) {
        var host = HostProvider(facts: facts)
        _ = host.reserve(request(1, 4))
        guard case .denied = host.reserve(request(2, amount)) else {
            Issue.record("expected a denial of \(amount)")
            return
        }
        #expect(host.granted(pool: "node", resource: .cpu) == 4)
    }

    @Test func resourceWithoutAKnownLimitIsGranted() {
        var host = HostProvider(facts: facts)
        let asked = request(1, 1e12, resource: .networkReceive)
        #expect(host.reserve(asked) == .granted(amount: 1e12))
        #expect(host.observe(pool: "node", .networkReceive, nowNanoseconds: 1)?.allocatable == nil)
    }

    @Test func toldLimitBindsAndNeverRaisesWhatTheHostHas() {
        let told = HostFacts(
            cores: 16,
            memoryBytes: 1e9,
            limits: [.networkReceive: 1e8, .cpu: 4, .memory: 1e12]
        )
        #expect(told.allocatable(.networkReceive) == 1e8)
        #expect(told.allocatable(.cpu) == 4)
        #expect(told.allocatable(.memory) == 1e9)
        #expect(told.allocatable(.diskRead) == nil)
    }

    @Test func poolsAreBounded() {
        var host = HostProvider(facts: facts)
        let limit = HostProvider.poolLimit
        for index in 0..<limit {
            _ = host.reserve(request(UInt64(index + 1), 0.001, pool: "pool \(index)"))
        }
        let outcome = host.reserve(request(UInt64(limit + 1), 0.001, pool: "one more"))
        #expect(outcome == .denied(reason: "\(limit) pools hold grants already"))
    }

    /// Random requests of random pools: whatever is asked, the ledger adds up.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func ledgerAddsUpUnderRandomRequests(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var host = HostProvider(facts: facts, ledgerCapacity: 32)
        let pools = ["a", "b", "c", "d"]
        var granted: [String: Double] = [:]
        var id: UInt64 = 0
        for _ in 0..<1_000 {
            id += UInt64.random(in: 1...3, using: &generator)
            let pool = pools.randomElement(using: &generator)!
            // Quarters: sums of them are exact.
            let amount = Double(Int.random(in: 0...48, using: &generator)) / 4
            let before = granted[pool, default: 0]
            let room = 16 - (granted.values.reduce(0, +) - before)
            switch host.reserve(request(id, amount, pool: pool)) {
            case .granted(let total):
                #expect(total == amount && amount <= room)
                granted[pool] = total
            case .partial(let total, _):
                #expect(total == room && before < room && room < amount)
                granted[pool] = total
            case .denied: #expect(before == room && room < amount)
            case .pending: Issue.record("the host answers at once")
            }
            #expect(granted.values.reduce(0, +) <= 16)
            for (pool, total) in granted {
                #expect(host.observe(pool: pool, .cpu, nowNanoseconds: 0)?.ready == total)
            }
        }
    }

    @Test func decisionBecomesARequestForItsTotal() throws {
        var planner = ResourcePlanner(
            resource: .memory,
            configuration: ResourcePlanConfiguration(
                costRatio: 19,
                leadTimeNanoseconds: 300,
                chunk: 1_048_576
            )
        )
        let input = PoolDemand(timeNanoseconds: 7, demand: 3e6, quantileForecast: nil, ready: 0)
        let decision = planner.plan(input)
        let made = try #require(CapacityRequest(id: 1, pool: "node", decision: decision))
        #expect(made.amount == 3_145_728)
        #expect(made.neededByNanoseconds == 307)
        #expect(made.reasons == decision.reasons)
        let settled = planner.plan(
            PoolDemand(timeNanoseconds: 8, demand: 3e6, quantileForecast: nil, ready: 3_145_728)
        )
        #expect(CapacityRequest(id: 2, pool: "node", decision: settled) == nil)
    }
}
