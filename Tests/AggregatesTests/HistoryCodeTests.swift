import Aggregates
import TestSupport
import Testing

@Suite struct HistoryCodeTests {
    @Test(arguments: [0, 1, 2, 0.5, 1024, 4096, 0x1p-16, 0x1p40, 3 * 0x1p20] as [Float])
    func whatTenBitsHoldComesBack(_ value: Float) {
        #expect(HistoryCode.decode(HistoryCode.encode(value)) == value)
    }

    @Test func threeFiguresStayAndOrderIsKept() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let value =
                Float.random(in: 1..<2, using: &generator)
                * Float(sign: .plus, exponent: .random(in: -16...44, using: &generator), significand: 1)
            let back = HistoryCode.decode(HistoryCode.encode(value))
            #expect((back - value).magnitude <= value * 0x1p-11, "\(value)")
            let other = value * Float.random(in: 0.5...2, using: &generator)
            #expect(
                (value <= other) == (HistoryCode.encode(value) <= HistoryCode.encode(other))
                    || HistoryCode.encode(value) == HistoryCode.encode(other))
        }
        var last = HistoryCode.decode(0)
        for code in UInt16(1)..<HistoryCode.unknown {
            let value = HistoryCode.decode(code)
            #expect(value > last)
            #expect(HistoryCode.encode(value) == code)
            last = value
        }
    }

    @Test func whatIsBeyondTheEndsIsTheirs() {
        #expect(HistoryCode.decode(HistoryCode.encode(-3)) == 0)
        #expect(HistoryCode.decode(HistoryCode.encode(0x1p-30)) == 0)
        #expect(HistoryCode.encode(.infinity) == HistoryCode.unknown - 1)
        #expect(HistoryCode.encode(.greatestFiniteMagnitude) == HistoryCode.unknown - 1)
        #expect(HistoryCode.encode(.nan) == HistoryCode.unknown)
        #expect(HistoryCode.decode(HistoryCode.unknown).isNaN)
    }
}
