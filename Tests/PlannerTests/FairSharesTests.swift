import Planner
import TestSupport
import Testing

@Suite struct FairSharesTests {
    @Test func enoughForAllGivesAllTheyWant() {
        let claims = [
            CapacityClaim(inUse: 1, wanted: 3), CapacityClaim(priority: 5, inUse: 0, wanted: 2),
        ]
        #expect(FairShares.divide(5, among: claims) == [3, 2])
        #expect(FairShares.divide(.infinity, among: claims) == [3, 2])
    }

    @Test func useComesBeforeWishesAndPriorityBeforeWeight() {
        let claims = [
            CapacityClaim(priority: 1, inUse: 2, wanted: 8),
            CapacityClaim(priority: 0, inUse: 3, wanted: 9),
        ]
        #expect(FairShares.divide(10, among: claims) == [7, 3], "the lower keeps what it uses")
        #expect(FairShares.divide(4, among: claims) == [2, 2], "even use does not fit")
    }

    @Test func equalClaimsShareByWeight() {
        let claims = [1.0, 3].map { CapacityClaim(weight: $0, inUse: 0, wanted: 100) }
        #expect(FairShares.divide(8, among: claims) == [2, 6])
    }

    /// Progressive filling: whoever is not satisfied has at least as much, for its weight, as any
    /// other of its priority.
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func sharesAreMaxMinFairAndAddUp(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let claims = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
            CapacityClaim(
                priority: Int.random(in: 0...2, using: &generator),
                weight: Double.random(in: 0.1...5, using: &generator),
                inUse: Double.random(in: 0...10, using: &generator),
                wanted: Double.random(in: 0...20, using: &generator)
            )
        }
        let capacity = Double.random(in: 0...200, using: &generator)
        let shares = FairShares.divide(capacity, among: claims)
        let wanted = claims.reduce(0) { $0 + $1.wanted }
        let used = claims.reduce(0) { $0 + $1.inUse }
        #expect((shares.reduce(0, +) - min(capacity, wanted)).magnitude < 1e-9)
        for (share, claim) in zip(shares, claims) {
            #expect(share >= 0 && share <= claim.wanted + 1e-9)
            if capacity >= used { #expect(share >= claim.inUse - 1e-9) }
        }
        guard capacity >= used else { return }
        func level(_ index: Int) -> Double {
            (shares[index] - claims[index].inUse) / claims[index].weight
        }
        for index in claims.indices where shares[index] < claims[index].wanted - 1e-9 {
            for other in claims.indices {
                if claims[other].priority == claims[index].priority {
                    #expect(level(other) <= level(index) + 1e-9)
                } else if claims[other].priority < claims[index].priority {
                    #expect(shares[other] <= claims[other].inUse + 1e-9)
                }
            }
        }
    }
}
