import Backtest
import TestSupport
import Testing

@Suite struct SimulationTimelineTests {
    @Test(arguments: [0, 1, 300, 86_400] as [Int64])
    func increaseIsUsableExactlyOneLeadAfterTheRequest(lead: Int64) {
        var timeline = CapacityTimeline(ready: 5)
        timeline.want(8, dueNanoseconds: 1_000 + lead)
        #expect(timeline.total == 8)
        #expect(timeline.pending == 3)
        timeline.advance(to: 1_000 + lead - 1)
        #expect(timeline.ready == 5)
        timeline.advance(to: 1_000 + lead)
        #expect(timeline.ready == 8)
        #expect(timeline.pending == 0)
    }

    @Test func releaseTakesEffectAtOnceAndCancelsPendingFirst() {
        var timeline = CapacityTimeline(ready: 10)
        timeline.want(14, dueNanoseconds: 0 + 300)
        timeline.want(12, dueNanoseconds: 100 + 300)
        #expect(timeline.ready == 10)
        #expect(timeline.pending == 2)
        timeline.want(8, dueNanoseconds: 150 + 300)
        #expect(timeline.ready == 8)
        timeline.advance(to: 300)
        #expect(timeline.ready == 8, "what was cancelled does not come")
    }

    @Test func whatIsLeftOfACutRequestStillComesWhenItWasDue() {
        var timeline = CapacityTimeline(ready: 5)
        timeline.want(8, dueNanoseconds: 0 + 300)
        timeline.want(12, dueNanoseconds: 100 + 300)
        timeline.want(10, dueNanoseconds: 200 + 300)
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
        var timeline = CapacityTimeline(ready: 10)
        var wanted: [(time: Int64, total: Double)] = [(-1_000, 10)]
        var time: Int64 = 0
        for _ in 0..<2_000 {
            time += Int64.random(in: 1...10, using: &generator)
            timeline.advance(to: time)
            // The total that was in force at the window's start counts too.
            let start = wanted.lastIndex { $0.time <= time - lead } ?? 0
            #expect(timeline.ready == wanted[start...].map(\.total).min()!)
            let total = Double.random(in: 0...20, using: &generator)
            timeline.want(total, dueNanoseconds: time + lead)
            wanted.append((time, total))
            #expect(timeline.total == total)
            #expect(timeline.pending >= 0)
        }
    }

    /// Truth: a list of what was asked for, cancelled newest first, added up anew at every look.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func requestsThatOvertakeEachOtherAddUp(seed: UInt64) {
        struct Ask {
            var due: Int64
            var amount: Double
        }
        var generator = SeededGenerator(seed: seed)
        var timeline = CapacityTimeline(ready: 10)
        var ready = 10.0
        var asks: [Ask] = []
        var time: Int64 = 0
        for _ in 0..<2_000 {
            time += Int64.random(in: 1...10, using: &generator)
            timeline.advance(to: time)
            for ask in asks where ask.due <= time { ready += ask.amount }
            asks.removeAll { $0.due <= time }
            #expect((timeline.ready - ready).magnitude < 1e-9)
            #expect((timeline.pending - asks.reduce(0) { $0 + $1.amount }).magnitude < 1e-9)
            let total = Double.random(in: 0...20, using: &generator)
            let due = time + Int64.random(in: 0...60, using: &generator)
            var less = timeline.total - total
            if less < 0 {
                asks.append(Ask(due: due, amount: -less))
            } else {
                while less > 0, let newest = asks.last {
                    let cut = min(less, newest.amount)
                    asks[asks.count - 1].amount -= cut
                    less -= cut
                    if asks[asks.count - 1].amount < 1e-12 { asks.removeLast() }
                }
                ready -= less
            }
            timeline.want(total, dueNanoseconds: due)
            #expect(timeline.total == total, "to the bit")
        }
    }
}
