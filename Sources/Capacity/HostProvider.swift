package import Aggregates
internal import Planner

/// The node as a provider: a ledger of its allocatable capacity, first come, first served.
///
/// Nothing on the node is touched: a grant says that the capacity is there to be set aside. Value
/// type, owned by the agent's planning loop. `reserve` is linear in the pools and in the ledger's
/// length, both bounded.
package struct HostProvider: CapacityProvider {
    package let name = "host"
    package let facts: HostFacts

    /// More pools than this are denied: memory stays bounded whatever asks.
    package static let poolLimit = 1_024

    private var grants: [[PoolGrant]]
    /// The last requests and what they came to.
    private var ring: [(request: CapacityRequest, outcome: CapacityOutcome)] = []
    private var oldest = 0
    private let ledgerCapacity: Int
    private var lastID: UInt64 = 0

    /// - Parameters:
    ///   - facts: what the host has: the most that all pools together are granted.
    ///   - ledgerCapacity: how many of the last requests are kept: how far back a repeated one is
    ///     recognised. Positive.
    package init(facts: HostFacts, ledgerCapacity: Int = 256) {
        precondition(ledgerCapacity > 0, "the ledger must hold an entry, got \(ledgerCapacity)")
        self.facts = facts
        self.ledgerCapacity = ledgerCapacity
        grants = Array(repeating: [], count: Resource.allCases.count)
    }

    /// Grants in full, up to what is free, or not at all. A request already answered gets the same
    /// answer again and changes nothing.
    package mutating func reserve(_ request: CapacityRequest) -> CapacityOutcome {
        if request.id <= lastID {
            guard let entry = ring.first(where: { $0.request.id == request.id }) else {
                return .denied(reason: "request \(request.id) is older than the last, \(lastID)")
            }
            guard entry.request == request else {
                return .denied(reason: "id \(request.id) was already used for another request")
            }
            return entry.outcome
        }
        let before = granted(pool: request.pool, resource: request.resource)
        let outcome = decide(request, before: before)
        lastID = request.id
        record(request, outcome)
        return outcome
    }

    package mutating func observe(
        pool: String, _ resource: Resource, nowNanoseconds: Int64
    ) -> CapacityObservation? {
        CapacityObservation(
            ready: granted(pool: pool, resource: resource),
            pending: 0,
            allocatable: facts.allocatable(resource)
        )
    }

    /// The total a pool has, in the resource's unit; 0 for a pool that never asked.
    package func granted(pool: String, resource: Resource) -> Double {
        grants[Int(resource.rawValue)].first { $0.pool == pool }?.granted ?? 0
    }

    private mutating func decide(_ request: CapacityRequest, before: Double) -> CapacityOutcome {
        guard request.amount >= 0 && request.amount <= 1e150 else {
            return .denied(reason: "an amount of \(request.amount) is not a capacity")
        }
        let row = Int(request.resource.rawValue)
        let index: Int
        if let known = grants[row].firstIndex(where: { $0.pool == request.pool }) {
            index = known
        } else {
            guard grants[row].count < HostProvider.poolLimit else {
                return .denied(reason: "\(HostProvider.poolLimit) pools hold grants already")
            }
            index = grants[row].count
            grants[row].append(PoolGrant(pool: request.pool, granted: 0))
        }
        guard let allocatable = facts.allocatable(request.resource) else {
            grants[row][index].granted = request.amount
            return .granted(amount: request.amount)
        }
        var others = 0.0
        for other in grants[row].indices where other != index {
            others += grants[row][other].granted
        }
        let room = max(0, allocatable - others)
        if request.amount <= max(before, room) {
            grants[row][index].granted = request.amount
            return .granted(amount: request.amount)
        }
        let reason = shortageReason(request, allocatable: allocatable, others: others)
        guard room > before else { return .denied(reason: reason) }
        grants[row][index].granted = room
        return .partial(amount: room, reason: reason)
    }

    private func shortageReason(
        _ request: CapacityRequest,
        allocatable: Double,
        others: Double
    ) -> String {
        func text(_ value: Double) -> String { Quantity.text(value, of: request.resource) }
        return "the node has \(text(allocatable)), other pools hold \(text(others)); "
            + "\(text(request.amount)) wanted"
    }

    private mutating func record(_ request: CapacityRequest, _ outcome: CapacityOutcome) {
        guard ring.count == ledgerCapacity else {
            ring.append((request, outcome))
            return
        }
        ring[oldest] = (request, outcome)
        oldest = (oldest + 1) % ledgerCapacity
    }
}
