internal import Aggregates
internal import Capacity
internal import Planner

/// Between plans and requests, where CPU and memory come in whole chunks together: turns what
/// the plans of a scope want into chunks, and what is there into what they asked for.
struct ChunkStage: Sendable {
    private var pools: [Pool] = []
    /// By plan, the place in `pools`.
    private var places: [Int?]

    private struct Pool: Sendable {
        let name: String
        let cpu: Int
        let memory: Int
        var chunks: ChunkPool
    }

    init(_ configuration: EngineConfiguration) {
        let plans = configuration.plans
        places = plans.map { _ in nil }
        guard !configuration.shapes.isEmpty else { return }
        for (cpu, plan) in plans.enumerated() where plan.resource == .cpu && plan.cgroup == nil {
            let memory = plans.firstIndex { $0.resource == .memory && $0.scope == plan.scope }
            guard let memory else { continue }
            let most = (plan.configuration.maximum, plans[memory].configuration.maximum)
            let fits = configuration.shapes.contains { $0.fits(cores: most.0, memoryBytes: most.1) }
            guard fits else { continue }
            places[cpu] = pools.count
            places[memory] = pools.count
            pools.append(
                Pool(
                    name: configuration.name(of: plan.scope), cpu: cpu, memory: memory,
                    chunks: ChunkPool(
                        shapes: configuration.shapes, maximumCores: most.0,
                        maximumMemoryBytes: most.1)))
        }
    }

    /// For other plans: chunks stay held where they are of the same shapes and maxima, for the same scope.
    /// - Parameter places: by new plan, where it is among these; nil: nowhere.
    func carried(to configuration: EngineConfiguration, places: [Int?]) -> ChunkStage {
        var new = ChunkStage(configuration)
        for index in new.pools.indices {
            guard let cpu = places[new.pools[index].cpu], let memory = places[new.pools[index].memory],
                let place = self.places[cpu], place == self.places[memory],
                pools[place].chunks.isLike(new.pools[index].chunks)
            else { continue }
            new.pools[index].chunks = pools[place].chunks
        }
        return new
    }

    /// Whether CPU and memory come together anywhere.
    var isUsed: Bool { !pools.isEmpty }

    /// Whether what plan `index` asks for goes through `requests`.
    func handles(plan index: Int) -> Bool { places[index] != nil }

    /// What plan `index` is to count as its own of what is there: no more than it asked for, for
    /// the rest is there because chunks are whole.
    func counted(
        plan index: Int, _ observed: CapacityObservation?
    ) -> (ready: Double, pending: Double, surplus: Double) {
        let (ready, pending) = (observed?.ready ?? 0, observed?.pending ?? 0)
        guard let place = places[index] else { return (ready, pending, 0) }
        let pool = pools[place]
        let wanted = index == pool.cpu ? pool.chunks.wanted.cores : pool.chunks.wanted.memoryBytes
        let own = min(ready, wanted)
        return (own, min(pending, wanted - own), ready - own)
    }

    /// The requests for chunks that carry out this round's decisions; without ids.
    mutating func requests(
        _ decisions: [(plan: Int, decision: PlanDecision)], _ observations: [CapacityObservation?]
    ) -> [CapacityRequest] {
        var requests: [CapacityRequest] = []
        for place in pools.indices {
            let pool = pools[place]
            func decision(_ plan: Int) -> PlanDecision? {
                decisions.first { $0.plan == plan && $0.decision.change != 0 }?.decision
            }
            let (cpu, memory) = (decision(pool.cpu), decision(pool.memory))
            guard let first = cpu ?? memory else { continue }
            func observed(_ plan: Int) -> CapacityObservation? {
                plan < observations.count ? observations[plan] : nil
            }
            func wanted(_ decision: PlanDecision?, _ plan: Int, _ before: Double) -> Double {
                guard let decision else { return before }
                let surplus = counted(plan: plan, observed(plan)).surplus
                return max(0, decision.requestedTotal - surplus)
            }
            let before = pool.chunks.wanted
            _ = pools[place].chunks.want(
                cores: wanted(cpu, pool.cpu, before.cores),
                memoryBytes: wanted(memory, pool.memory, before.memoryBytes))
            let chunks = pools[place].chunks
            // What each of them needs, and what was done; the rest stands in the plans.
            let reasons =
                ["cpu and memory come together, as \(chunks.text)"]
                + [cpu, memory].compactMap { $0?.reasons.first }
            for (plan, resource, amount) in [
                (pool.cpu, Resource.cpu, chunks.cores),
                (pool.memory, Resource.memory, chunks.memoryBytes),
            ] {
                let there = (observed(plan)?.ready ?? 0) + (observed(plan)?.pending ?? 0)
                let change = amount - there
                guard change.magnitude > 1e-9 * max(amount, there) else { continue }
                var request = CapacityRequest(
                    id: 0, pool: pool.name, resource: resource, amount: amount, change: change,
                    requestedAtNanoseconds: first.timeNanoseconds,
                    neededByNanoseconds: first.neededByNanoseconds, reasons: reasons)
                request.chunks = zip(chunks.shapes, chunks.counts).filter { $0.1 > 0 }.map {
                    ChunkCount(shape: $0.0.name, count: $0.1)
                }
                requests.append(request)
            }
        }
        return requests
    }
}
