/// Shares that stay as they were while fair ones differ by less than a change of them is worth.
///
/// What claims want moves with every window, and fair shares with it; each move would take from one what another is given, and
/// take it back a window later. A share that is a tenth off is as good, and asks for nothing.
package struct SettledShares: Sendable {
    /// How far a share may be from the fair one, of the larger of the two.
    package static let tolerance = 0.1

    private var shares: [Double] = []

    package init() {}

    /// There is enough for all: the next shares owe nothing to these.
    package mutating func forget() { shares = [] }

    /// Divides `capacity` as `FairShares` does, or leaves it divided as it was: while that adds up to no more than
    /// there is, leaves everybody what is in use as far as the fair share does, and is near the fair share for each.
    ///
    /// - Parameter claims: of the same claimants, in the same order, as the last time; another number of them begins anew.
    package mutating func divide(_ capacity: Double, among claims: [CapacityClaim]) -> [Double] {
        let fair = FairShares.divide(capacity, among: claims)
        if !holds(fair, capacity, claims) { shares = fair }
        return shares
    }

    private func holds(_ fair: [Double], _ capacity: Double, _ claims: [CapacityClaim]) -> Bool {
        guard shares.count == fair.count, shares.reduce(0, +) <= capacity * (1 + 1e-9) else { return false }
        return fair.indices.allSatisfy { index in
            let larger = max(shares[index], fair[index])
            return (shares[index] - fair[index]).magnitude <= Self.tolerance * larger
                && shares[index] >= min(claims[index].inUse, fair[index])
        }
    }
}
