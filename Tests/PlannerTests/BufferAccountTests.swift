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
        #expect(
            (account.granted + account.pending + account.unmet - account.reserved).magnitude < 1e-9)
        #expect(account.free >= 0 && account.short >= 0 && account.inUse >= 0)
        #expect(account.free == 0 || account.short == 0)
        #expect((0...account.free).contains(account.expiring))
        let applications = (0..<8).map { index in
            (inUse: draw(), quantile: index == 3 ? nil : draw() as Double?)
        }
        let (shares, rest) = account.shares(of: applications)
        #expect((shares.reduce(0, +) + rest - account.free).magnitude < 1e-9)
        #expect(shares.allSatisfy { $0 >= 0 } && rest >= 0)
    }

    @Test func aDecisionsAccountIsOfWhatIsThere() {
        var planner = ResourcePlanner.cpu()
        let raise = planner.plan(at: 0, demand: 6, forecast: 11.4, ready: 9, pending: 1).account
        #expect(raise.reserved == 12 && raise.unmet == 2)
        #expect(raise.inUse == 6 && raise.free == 3 && raise.expiring == 0 && raise.short == 0)
        let excess = planner.plan(at: 1, demand: 2, forecast: 4, ready: 12).account
        #expect(excess.free == 10 && excess.expiring == 8)
        let short = planner.plan(at: 2, demand: 15, ready: 12).account
        #expect(short.short == 3 && short.free == 0 && short.reserved == 15)
    }

    @Test func whatIsFreeGoesToThoseWhoseQuantileIsAboveTheirUse() {
        let account = BufferAccount(demand: 4, granted: 10, pending: 0, reserved: 10, wanted: 8)
        #expect(account.free == 6 && account.expiring == 2)
        let split = account.shares(of: [(1, 3), (2, 5), (1, 0.5), (0, nil)])
        #expect((split.shares[0] - 2.4).magnitude < 1e-12)
        #expect((split.shares[1] - 3.6).magnitude < 1e-12)
        #expect(split.shares[2] == 0 && split.shares[3] == 0)
    }
}
