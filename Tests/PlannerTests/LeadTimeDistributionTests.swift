import Planner
import TestSupport
import Testing

@Suite struct LeadTimeDistributionTests {
    @Test func knowsWhatItWasToldUntilItSawMore() {
        let told = LeadTimeDistribution(configuredNanoseconds: 300 * second)
        for share in [0.1, 0.5, 0.99] {
            #expect((212 * second...425 * second).contains(told.quantile(share)))
        }
    }

    /// Truth: the quantile of the same draws, sorted. Buckets are half-octaves.
    @Test(arguments: [0.5, 0.9], 1...5 as ClosedRange<UInt64>)
    func learnsTheQuantilesOfWhatCame(share: Double, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var learned = LeadTimeDistribution(configuredNanoseconds: 10 * second)
        var draws: [Int64] = []
        for _ in 0..<400 {
            let draw = Int64.random(in: 100...1_000, using: &generator) * second
            draws.append(draw)
            learned.granted(afterNanoseconds: draw)
        }
        // Weights decay: the last hundred or so count.
        let recent = draws.suffix(100).sorted()
        let low = recent[Int(Double(recent.count) * max(0, share - 0.15))]
        let high = recent[min(recent.count - 1, Int(Double(recent.count) * (share + 0.1)))]
        #expect(learned.quantile(share) >= low)
        #expect(Double(learned.quantile(share)) <= Double(high) * 1.42)
        #expect(learned.grants == 400)
    }

    @Test func believesAProviderThatBecameSlower() {
        var lead = LeadTimeDistribution(configuredNanoseconds: 60 * second)
        for _ in 0..<100 { lead.granted(afterNanoseconds: 60 * second) }
        #expect(lead.quantile(0.9) < 90 * second)
        for _ in 0..<50 { lead.granted(afterNanoseconds: 600 * second) }
        #expect(lead.quantile(0.5) > 500 * second)
    }

    @Test func waitingLongIsEvidence() {
        var lead = LeadTimeDistribution(configuredNanoseconds: 60 * second)
        for _ in 0..<20 { lead.granted(afterNanoseconds: 60 * second) }
        lead.granted(afterNanoseconds: 900 * second)
        #expect(lead.quantile(0.5, waitingNanoseconds: 300 * second) > 700 * second)
        #expect(lead.quantile(0.5, waitingNanoseconds: 7_200 * second) == 14_400 * second)
        #expect(lead.quantile(0.5, waitingNanoseconds: .max) == .max)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func anyDurationIsTaken(duration: Int64) {
        var lead = LeadTimeDistribution(configuredNanoseconds: 0)
        lead.granted(afterNanoseconds: duration)
        #expect(lead.quantile(1) > 0 && lead.quantile(0) <= lead.quantile(1))
    }
}
