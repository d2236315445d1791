import Backtest
import TestSupport
import Testing

@Suite struct SimulationTimelineTests {
    @Test(arguments: [0, 1, 300, 86_400] as [Int64])
    func increaseIsUsableExactlyOneLeadAfterTheRequest(lead: Int64) {
        var timeline = CapacityTimeline(leadNanoseconds: lead, ready: 5)
        timeline.want(8, at: 1_000)
        #expect(timeline.total == 8)
        #expect(timeline.pending == 3)
        timeline.advance(to: 1_000 + lead - 1)
        #expect(timeline.ready == 5)
        timeline.advance(to: 1_000 + lead)
        #expect(timeline.ready == 8)
        #expect(timeline.pending == 0)
    }

    @Test func releaseTakesEffectAtOnceAndCancelsPendingFirst() {
        var timeline = CapacityTimeline(leadNanoseconds: 300, ready: 10)
        timeline.want(14, at: 0)
        timeline.want(12, at: 100)
        #expect(timeline.ready == 10)
        #expect(timeline.pending == 2)
        timeline.want(8, at: 150)
        #expect(timeline.ready == 8)
        timeline.advance(to: 300)
        #expect(timeline.ready == 8, "what was cancelled does not come")
    }

    @Test func whatIsLeftOfACutRequestStillComesWhenItWasDue() {
        var timeline = CapacityTimeline(leadNanoseconds: 300, ready: 5)
        timeline.want(8, at: 0)
        timeline.want(12, at: 100)
        timeline.want(10, at: 200)
        timeline.advance(to: 300)
        #expect(timeline.ready == 8)
        timeline.advance(to: 399)
        #expect(timeline.ready == 8)
        timeline.advance(to: 400)
        #expect(timeline.ready == 10)
    }

    /// Truth: usable capacity is the smallest total wanted over the lead time before.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func usableIsTheSmallestTotalWantedOverTheLead(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let lead = Int64.random(in: 0...50, using: &generator)
        var timeline = CapacityTimeline(leadNanoseconds: lead, ready: 10)
        var wanted: [(time: Int64, total: Double)] = [(-1_000, 10)]
        var time: Int64 = 0
        for _ in 0..<2_000 {
            time += Int64.random(in: 1...10, using: &generator)
            timeline.advance(to: time)
            // The total that was in force at the window's start counts too.
            let start = wanted.lastIndex { $0.time <= time - lead } ?? 0
            #expect(timeline.ready == wanted[start...].map(\.total).min()!)
            let total = Double.random(in: 0...20, using: &generator)
            timeline.want(total, at: time)
            wanted.append((time, total))
            #expect(timeline.total == total)
            #expect(timeline.pending >= 0)
        }
    }
}
