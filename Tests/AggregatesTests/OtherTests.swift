import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// Cgroups without a place count in (other), also when they go, and when they get a place after all: what all windows of a tick
/// add up to is the root's.
@Suite struct OtherTests {
    /// A tick, and as the agent does, names for those that have none.
    private func tick(_ fixture: AggregatesFixture) {
        fixture.tick()
        guard !fixture.aggregates.unnamed.isEmpty else { return }
        for path in fixture.kernel.paths { fixture.aggregates.found(id: fixture.kernel.id(path), path: path) }
    }

    /// The windows of all but the root, and the root's, of the last tick.
    private func told(_ fixture: AggregatesFixture) -> (parts: UInt64, root: UInt64) {
        let parts = fixture.log.entries.filter { !$0.subject.isRoot }.reduce(0) { $0 + $1.window.net_rx_bytes }
        return (parts, fixture.log["/"]?.net_rx_bytes ?? 0)
    }

    @Test func aCgroupWithoutAPlaceThatGoesLeavesOtherWhatItCounted() throws {
        // Places for the root, /a, /b and (other).
        let fixture = AggregatesFixture(slots: 4, found: ["/a", "/b"])
        tick(fixture)
        fixture.make("/c")
        fixture.make("/d")
        fixture.kernel.use("/c", \.net_rx_bytes, 1_000)
        fixture.kernel.use("/d", \.net_rx_bytes, 10)
        tick(fixture)
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 1_010)
        fixture.kernel.use("/c", \.net_rx_bytes, 5)
        fixture.remove("/c")
        tick(fixture)
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 5)
        fixture.kernel.use("/d", \.net_rx_bytes, 7)
        tick(fixture)
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 7)
        #expect(told(fixture) == (7, 7))
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func aCgroupThatGetsAPlaceLaterTakesNothingFromOther() throws {
        let fixture = AggregatesFixture(slots: 4, found: ["/a", "/b"])
        tick(fixture)
        fixture.make("/c")
        fixture.make("/d")
        fixture.kernel.use("/c", \.net_rx_bytes, 1_000)
        tick(fixture)
        fixture.remove("/a")
        tick(fixture)
        // In the walk after that /c has a place, in the one after that a window.
        fixture.kernel.use("/c", \.net_rx_bytes, 20)
        fixture.kernel.use("/d", \.net_rx_bytes, 3)
        tick(fixture)
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 23)
        #expect(told(fixture) == (23, 23))
        fixture.kernel.use("/c", \.net_rx_bytes, 40)
        fixture.kernel.use("/d", \.net_rx_bytes, 6)
        tick(fixture)
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 6)
        #expect(told(fixture) == (46, 46))
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func aCgroupWhoseParentGetsAPlaceLaterDoesNotMakeItJump() throws {
        let fixture = AggregatesFixture(slots: 5, found: ["/a", "/b"])
        tick(fixture)
        // Places for the root, /a, /b, /p/c and (other): /p has none until /a goes.
        _ = fixture.kernel.make("/p")
        fixture.make("/p/c")
        fixture.kernel.use("/p/c", \.net_rx_bytes, 500)
        fixture.kernel.use("/b", \.net_rx_bytes, 1)
        fixture.kernel.pass(seconds: 1)
        for record in fixture.kernel.walk(order: ["/", "/a", "/b", "/p/c"]) { fixture.ingest(record) }
        fixture.close()
        #expect(fixture.log["/"]?.net_rx_bytes == 501, "of a cgroup whose parent is not known too")
        fixture.remove("/a")
        tick(fixture)
        fixture.kernel.use("/p/c", \.net_rx_bytes, 30)
        tick(fixture)
        tick(fixture)
        fixture.kernel.use("/p/c", \.net_rx_bytes, 4)
        tick(fixture)
        #expect(fixture.log["/p"]?.net_rx_bytes == 4, "what came before it had a place is not told again")
        #expect(fixture.log["/"]?.net_rx_bytes == 4)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func whatTheWindowsOfATickAddUpToIsTheRoots(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let fixture = AggregatesFixture(slots: 12, found: ["/a", "/b"])
        tick(fixture)
        var serial = 0
        for round in 0..<300 {
            var used: UInt64 = 0
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                let paths = fixture.kernel.paths.dropFirst()
                switch Int.random(in: 0..<6, using: &generator) {
                case 0 where paths.count < 40:
                    serial += 1
                    fixture.make("/c\(serial)")
                case 1 where paths.count > (round / 50 % 2 == 0 ? 20 : 2):
                    if let path = paths.randomElement(using: &generator) { fixture.remove(path) }
                default:
                    guard let path = paths.randomElement(using: &generator) else { continue }
                    let amount = UInt64.random(in: 1...1_000, using: &generator)
                    fixture.kernel.use(path, \.net_rx_bytes, amount)
                    used += amount
                }
            }
            tick(fixture)
            let told = told(fixture)
            #expect(told.root == used, "round \(round)")
            #expect(told.parts == used, "round \(round)")
        }
        #expect(fixture.losses(HR_LOSS_TABLE_FULL) > 0)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }
}
