import Planner
import TestSupport
import Testing

@Suite struct BufferAccountTests {
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func alwaysAddsUp(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func draw() -> Double { Double.random(in: 0...100, using: &generator) }
        let demand = draw()
        let account = BufferAccount(
            demand: demand, granted: draw(), pending: draw(), reserved: draw(), wanted: draw())
        #expect((account.inUse + account.free - account.granted).magnitude < 1e-9)
        #expect((account.inUse + account.short - demand).magnitude < 1e-9)
        #expect(account.free >= 0 && account.short >= 0 && account.inUse >= 0)
        #expect(account.free == 0 || account.short == 0)
        #expect((0...account.free).contains(account.expiring))
        let needs = (0..<8).map { _ in max(0, draw() - draw()) }
        let total = needs.reduce(0, +)
        let shares = needs.map { account.share(need: $0, of: total) }
        #expect((shares.reduce(0, +) - account.free).magnitude < 1e-9)
        #expect(shares.allSatisfy { $0 >= 0 })
    }

    @Test func aDecisionsAccountIsOfWhatIsThere() {
        var planner = ResourcePlanner.cpu()
        let raise = planner.plan(at: 0, demand: 6, forecast: 11.4, ready: 9, pending: 1).account
        #expect(raise.reserved == 12 && raise.granted == 9 && raise.pending == 1)
        #expect(raise.inUse == 6 && raise.free == 3 && raise.expiring == 0 && raise.short == 0)
        let excess = planner.plan(at: 1, demand: 2, forecast: 4, ready: 12).account
        #expect(excess.free == 10 && excess.expiring == 8)
        let short = planner.plan(at: 2, demand: 15, ready: 12).account
        #expect(short.short == 3 && short.free == 0 && short.reserved == 15)
    }

    @Test func whatIsFreeGoesToThoseWhoseQuantileIsAboveTheirUse() {
        let account = BufferAccount(demand: 4, granted: 10, pending: 0, reserved: 10, wanted: 8)
        #expect(account.free == 6 && account.expiring == 2)
        // One needs 2 more, another 3, a third none.
        #expect((account.share(need: 2, of: 5) - 2.4).magnitude < 1e-12)
        #expect((account.share(need: 3, of: 5) - 3.6).magnitude < 1e-12)
        #expect(account.share(need: 0, of: 5) == 0)
        #expect(account.share(need: 0, of: 0) == 0 && account.share(need: 1, of: .infinity) == 0)
    }
}
