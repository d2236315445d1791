import TestSupport
import Testing

@testable import Planner

@Suite struct SettledSharesTests {
    private func claim(_ inUse: Double, _ wanted: Double) -> CapacityClaim { CapacityClaim(inUse: inUse, wanted: wanted) }

    @Test func theFirstAreFair() {
        var shares = SettledShares()
        let claims = [claim(1, 6), claim(2, 9)]
        #expect(shares.divide(8, among: claims) == FairShares.divide(8, among: claims))
    }

    @Test func aLittleOffStays() {
        var shares = SettledShares()
        let first = shares.divide(8, among: [claim(2, 6), claim(2, 6)])
        #expect(first == [4, 4])
        #expect(shares.divide(8, among: [claim(2.2, 6), claim(1.9, 6)]) == first)
    }

    @Test func whatIsInUseIsNotHeldBack() {
        var shares = SettledShares()
        #expect(shares.divide(8, among: [claim(2, 6), claim(2, 6)]) == [4, 4])
        // Its fair share is within a tenth, but it uses that much.
        let next = shares.divide(8, among: [claim(4.2, 6), claim(3.4, 6)])
        #expect(next[0] >= 4.2, "\(next)")
    }

    @Test func anotherNumberOfThemOrEnoughForAllBeginsAnew() {
        var shares = SettledShares()
        _ = shares.divide(8, among: [claim(2, 6), claim(2, 6)])
        #expect(shares.divide(9, among: [claim(2, 6), claim(2, 6), claim(2, 6)]) == [3, 3, 3])
        _ = shares.divide(8, among: [claim(2, 6), claim(2, 6)])
        shares.forget()
        #expect(shares.divide(8, among: [claim(2.2, 6), claim(1.8, 6)]) == FairShares.divide(8, among: [claim(2.2, 6), claim(1.8, 6)]))
    }

    /// Whatever comes: no more than there is, nobody's use cut further than fair shares cut it, and near to fair.
    @Test func whateverComes() {
        var generator = SeededGenerator(seed: 3)
        var shares = SettledShares()
        var changes = 0
        var last: [Double] = []
        for _ in 0..<5_000 {
            let capacity = Double.random(in: 7.8...8, using: &generator)
            let claims = (0..<3).map { _ in
                let use = Double.random(in: 1...3, using: &generator)
                return claim(use, use + Double.random(in: 0.5...2, using: &generator))
            }
            let fair = FairShares.divide(capacity, among: claims)
            let given = shares.divide(capacity, among: claims)
            #expect(given.reduce(0, +) <= capacity * (1 + 1e-9))
            for index in fair.indices {
                #expect(given[index] >= min(claims[index].inUse, fair[index]) - 1e-12)
                #expect((given[index] - fair[index]).magnitude <= SettledShares.tolerance * max(given[index], fair[index]) + 1e-12)
            }
            if given != last { changes += 1 }
            last = given
        }
        #expect(changes < 5_000)
    }
}
