/// One claim on capacity that several share.
package struct CapacityClaim: Sendable, Hashable {
    /// Higher ones are served first.
    package var priority: Int
    /// Share among claims of one priority; positive.
    package var weight: Double
    /// What it uses now: taken away only when even that does not fit.
    package var inUse: Double
    /// What it wants in all, at least `inUse`.
    package var wanted: Double

    package init(priority: Int = 0, weight: Double = 1, inUse: Double, wanted: Double) {
        precondition(weight > 0 && weight.isFinite, "a weight must be positive, got \(weight)")
        precondition(inUse >= 0 && inUse.isFinite, "use must be at least 0, got \(inUse)")
        precondition(wanted >= 0 && wanted.isFinite, "what is wanted must be at least 0, got \(wanted)")
        self.priority = priority
        self.weight = weight
        self.inUse = inUse
        self.wanted = max(inUse, wanted)
    }
}

/// Divides capacity among claims when there is less than they want.
///
/// First everybody keeps what is in use, the higher priority first where even that does not fit;
/// then what is left goes to the highest priority until it has what it wants, and so on down.
/// Within a priority it is weighted max-min fair (progressive filling: Bertsekas and Gallager,
/// Data Networks, 1992, §6.5): nobody gets more than wanted, and nobody could get more without
/// taking from someone who has less for its weight.
package enum FairShares {
    /// What each claim gets, in the claims' order; the sum is at most `capacity`, and equals it
    /// when that much is wanted, to the last bits of doubles. O(n log n).
    ///
    /// - Precondition: `capacity` is not negative; it may be infinite.
    package static func divide(_ capacity: Double, among claims: [CapacityClaim]) -> [Double] {
        precondition(capacity >= 0, "capacity must be at least 0, got \(capacity)")
        var shares = [Double](repeating: 0, count: claims.count)
        var rest = capacity
        let priorities = Set(claims.map(\.priority)).sorted(by: >)
        for isBeyondUse in [false, true] {
            for priority in priorities {
                let members = claims.indices.filter { claims[$0].priority == priority }
                fill(members, claims, isBeyondUse, &rest, &shares)
            }
        }
        return shares
    }

    /// Gives each member its due of `rest`: what it uses, or what it wants beyond that.
    private static func fill(
        _ members: [Int],
        _ claims: [CapacityClaim],
        _ isBeyondUse: Bool,
        _ rest: inout Double,
        _ shares: inout [Double]
    ) {
        func due(_ index: Int) -> Double {
            isBeyondUse ? claims[index].wanted - claims[index].inUse : claims[index].inUse
        }
        // Those that are satisfied at the lowest water level come first.
        let rising = members.sorted { due($0) / claims[$0].weight < due($1) / claims[$1].weight }
        var weights = members.reduce(0) { $0 + claims[$1].weight }
        for index in rising {
            let level = rest * claims[index].weight / weights
            let given = min(due(index), max(0, level))
            shares[index] += given
            rest -= given
            weights -= claims[index].weight
        }
        rest = max(0, rest)
    }
}
