import TestSupport
import Testing

@testable import Planner

@Suite struct BlockPeakTests {
    private func push(_ peak: inout BlockPeak, _ blocks: inout BlockPeak.Blocks, _ value: Double, _ time: Int64) {
        if peak.isOver(at: time) { peak.turn(to: time, &blocks) }
        peak.push(value)
    }

    /// At least the largest value of the span, at most that of a twenty-fourth more.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func itIsTheMaximumOfTheSpanAndABlockMoreAtMost(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let span: Int64 = 2_400
        var peak = BlockPeak(spanNanoseconds: span)
        var blocks = BlockPeak.Blocks()
        #expect(peak.value == -.infinity)
        var all: [(time: Int64, value: Double)] = []
        var time: Int64 = -5_000
        for _ in 0..<4_000 {
            // Now and then a gap of many blocks.
            time += Int64.random(in: 0...(Int.random(in: 0..<50, using: &generator) == 0 ? 4_000 : 60), using: &generator)
            let value = Double.random(in: 0...100, using: &generator)
            push(&peak, &blocks, value, time)
            all.append((time, value))
            all.removeAll { $0.time < time - 2 * span }
            let least = all.filter { $0.time > time - span }.map(\.value).max()!
            let most = all.filter { $0.time > time - span - span / 24 - 1 }.map(\.value).max()!
            #expect(peak.value >= least && peak.value <= most)
        }
    }

    @Test func aClockThatGoesBackBeginsABlock() {
        var peak = BlockPeak(spanNanoseconds: 2_400)
        var blocks = BlockPeak.Blocks()
        push(&peak, &blocks, 7, 1_000_000)
        for time in stride(from: Int64(0), to: 2_600, by: 50) { push(&peak, &blocks, 1, time) }
        #expect(peak.value == 1)
    }

    @Test func aJumpOfTheClockForgetsAll() {
        var peak = BlockPeak(spanNanoseconds: 24)
        var blocks = BlockPeak.Blocks()
        push(&peak, &blocks, 7, 0)
        push(&peak, &blocks, 1, Int64.max - 100)
        #expect(peak.value == 1)
    }
}
