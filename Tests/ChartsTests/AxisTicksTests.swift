import Charts
import Testing

@Suite struct AxisTicksTests {
    struct Axis: Sendable {
        var limit: Double
        var unit = 1_000.0
        var step: Double
        var count: Int
    }

    @Test(arguments: [
        Axis(limit: 4.011, step: 1, count: 5), Axis(limit: 1, step: 0.2, count: 6), Axis(limit: 0.07, step: 0.01, count: 8),
        Axis(limit: 95_000_000, step: 20_000_000, count: 5), Axis(limit: 3_221_225_472, unit: 1_024, step: 536_870_912, count: 7),
        Axis(limit: 0, step: 1, count: 1), Axis(limit: .infinity, step: 1, count: 1), Axis(limit: .nan, step: 1, count: 1),
        Axis(limit: .leastNonzeroMagnitude, step: 1, count: 1), Axis(limit: 1e-300, step: 2e-301, count: 6),
        Axis(limit: 1e300, step: 2e299, count: 6),
    ])
    func valuesAreRound(_ axis: Axis) {
        let ticks = AxisTicks.values(upTo: axis.limit, unit: axis.unit)
        #expect(ticks.count == axis.count, "\(ticks)")
        for (index, tick) in ticks.enumerated() {
            #expect(abs(tick - Double(index) * axis.step) <= 1e-9 * axis.step, "\(ticks)")
        }
    }

    /// For every size of axis there are enough marks to read it and not too many to tell apart.
    @Test func thereAreFourToNine() {
        var limit = 1e-9
        while limit < 1e18 {
            for unit in [1_000.0, 1_024] {
                let ticks = AxisTicks.values(upTo: limit, unit: unit)
                #expect((4...10).contains(ticks.count) && ticks.last! <= limit * (1 + 1e-9), "\(limit) \(unit): \(ticks)")
            }
            limit *= 1.37
        }
    }

    struct Times: Sendable {
        var first: Int64
        var span: Int64
        var offset: Int64 = 0
        var step: Int64
        var begin: Int64
    }

    @Test(arguments: [
        // Four days from midnight: midnights, since noons are one too many.
        Times(first: 1_764_547_200, span: 4 * 86_400, step: 86_400, begin: 1_764_547_200),
        Times(first: 1_764_547_201, span: 3_600, step: 600, begin: 1_764_547_800),
        // Midnight of a place two hours ahead is at 22:00.
        Times(first: 1_764_547_200, span: 6 * 86_400, offset: 7_200, step: 86_400, begin: 1_764_547_200 + 79_200),
    ])
    func timesAreFull(_ axis: Times) {
        let ticks = AxisTicks.times(from: axis.first, to: axis.first + axis.span, offset: axis.offset)
        #expect(ticks.step == axis.step)
        #expect(ticks.times.first == axis.begin)
        #expect(ticks.times.count <= 8 && ticks.times.allSatisfy { $0 >= axis.first && $0 <= axis.first + axis.span })
    }

    @Test func aSpanOfAnyLengthHasMarks() {
        var span = Int64(1)
        while span < 40 * 365 * 86_400 {
            let ticks = AxisTicks.times(from: 1_700_000_123, to: 1_700_000_123 + span)
            #expect(ticks.times.count <= 8 && (span < 8 || ticks.times.count >= 1), "\(span)")
            span = span * 3 / 2 + 1
        }
    }
}
