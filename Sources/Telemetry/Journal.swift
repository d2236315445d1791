internal import Agent
internal import Aggregates
internal import Capacity
internal import Planner

/// The last plans, requests and events, as the JSON lines they are told in; and how many there
/// were. The agent's thread alone.
struct Journal: Sendable {
    /// A line each, without its end; oldest first.
    private(set) var events = LastLines(limit: 256)
    private(set) var requests = LastLines(limit: 64)
    /// The last of the node, by resource, as long as it is planned.
    private(set) var plans: [Resource: ToldPlan] = [:]
    private(set) var eventCounts: [String: UInt64] = [:]
    private(set) var requestCounts: [RequestKind: UInt64] = [:]

    /// The last of each pool, and of each cgroup that may be limited, as long as it is planned.
    private(set) var otherPlans: [PlanKey: ToldPlan] = [:]
    private var ticks: UInt64 = 0
    /// Ticks after which a plan that was not made again is not told any more: one may be left out when a sample was lost.
    static let ticksWithoutPlan: UInt64 = 10

    struct ToldPlan: Sendable {
        let line: [UInt8]
        /// The tick that it was made in.
        fileprivate let tick: UInt64
    }

    struct PlanKey: Hashable, Sendable {
        let name: String
        let resource: Resource
    }

    struct RequestKind: Hashable, Sendable {
        let resource: Resource
        let outcome: String
    }

    mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {
        let told = ToldPlan(line: JSONSink.line { $0.plan(decision, pool) }, tick: ticks)
        guard pool.isNode else {
            otherPlans[PlanKey(name: pool.name, resource: decision.resource)] = told
            return
        }
        plans[decision.resource] = told
    }

    /// Forgets plans that are made no more: by another configuration, or of a cgroup that is gone.
    mutating func endTick() {
        ticks += 1
        let ticks = ticks
        func isOld(_ plan: ToldPlan) -> Bool { ticks - plan.tick > Self.ticksWithoutPlan }
        if plans.values.contains(where: isOld) { plans = plans.filter { !isOld($0.value) } }
        if otherPlans.values.contains(where: isOld) { otherPlans = otherPlans.filter { !isOld($0.value) } }
    }

    mutating func request(
        _ request: CapacityRequest,
        _ outcome: CapacityOutcome,
        provider: String
    ) {
        requests.append(JSONSink.line { $0.request(request, outcome, provider: provider) })
        let kind = RequestKind(resource: request.resource, outcome: OutcomeSummary(outcome).name)
        requestCounts[kind, default: 0] += 1
    }

    mutating func event(_ event: EngineEvent) {
        events.append(JSONSink.line { $0.event(event) })
        let name =
            switch event {
            case .cgroupCreated: "cgroup_created"
            case .cgroupRemoved: "cgroup_removed"
            case .alarm(let alarm, _): alarm.kind.rawValue
            case .probesShed: "probes_shed"
            case .clockSetBack: "clock_set_back"
            }
        eventCounts[name, default: 0] += 1
    }
}

/// Lines, the oldest of which make room. Complexity: O(1) a line.
struct LastLines: Sendable {
    private var lines: [[UInt8]] = []
    private var next = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ line: [UInt8]) {
        if lines.count < limit {
            lines.append(line)
        } else {
            lines[next] = line
        }
        next = (next + 1) % limit
    }

    /// Oldest first.
    var all: [[UInt8]] { lines.count < limit ? lines : Array(lines[next...] + lines[..<next]) }
}
