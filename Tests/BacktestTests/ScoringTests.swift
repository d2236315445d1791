import Backtest
import TestSupport
import Testing

@Suite struct ScoringTests {
    /// By hand at 0.9: above by 2 costs 1.8, below by 1 costs 0.1, exact costs nothing.
    @Test func sumsAgreeWithHandComputedValues() throws {
        var score = QuantileScore()
        score.add(forecast: 1, peak: 3, quantile: 0.9)
        score.add(forecast: 2, peak: 1, quantile: 0.9)
        score.add(forecast: 4, peak: 4, quantile: 0.9)
        #expect(score.coverage == 2.0 / 3)
        #expect(abs(try #require(score.meanLoss) - 1.9 / 3) < 1e-12)
        #expect(score.capacityOverPeak == 7.0 / 8)
    }

    @Test func nothingScoredHasNoFigures() {
        let score = QuantileScore()
        #expect(score.coverage == nil && score.meanLoss == nil && score.capacityOverPeak == nil)
    }

    @Test func aLabelIsTheMaximumOfTheLeadAndNothingElse() {
        var labeller = PeakLabeller<Int>(horizonSeconds: 20, stepSeconds: 10)
        var labels: [[Double]] = []
        for (index, value) in [9.0, 1, 5, 2, 7].enumerated() {
            let time = Int64(index) * 10
            labels.append(labeller.observe(timeSeconds: time, value: value).map(\.peak))
            labeller.issue(timeSeconds: time, payload: index)
        }
        #expect(labels == [[], [], [5], [5], [7]])
    }

    @Test func aLeadShorterThanTheStepMeansOneStepButNotAGap() {
        var labeller = PeakLabeller<Int>(horizonSeconds: 5, stepSeconds: 60)
        labeller.issue(timeSeconds: 0, payload: 0)
        let next = labeller.observe(timeSeconds: 60, value: 3)
        labeller.issue(timeSeconds: 60, payload: 1)
        let afterGap = labeller.observe(timeSeconds: 600, value: 4)
        #expect(next.map(\.peak) == [3] && afterGap.isEmpty)
    }

    /// Truth: the definition, looked up for each forecast among all samples.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func labelsAreThoseOfTheDefinitionOnIrregularSamples(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let horizon = Int64.random(in: 1...40, using: &generator)
        var labeller = PeakLabeller<Int>(horizonSeconds: horizon, stepSeconds: 6)
        var samples: [(time: Int64, value: Double)] = []
        var labels: [Int: Double] = [:]
        var time: Int64 = 0
        for index in 0..<1_000 {
            time +=
                Int64.random(in: 0..<30, using: &generator) == 0
                ? 90 : Int64.random(in: 1...9, using: &generator)
            let value =
                Double.random(in: 0..<1, using: &generator).rounded(.down) + Double(index % 7)
            samples.append((time, value))
            for (payload, peak) in labeller.observe(timeSeconds: time, value: value) {
                labels[payload] = peak
            }
            labeller.issue(timeSeconds: time, payload: index)
        }
        for (index, sample) in samples.enumerated() {
            guard let end = samples.first(where: { $0.time >= sample.time + horizon })
            else { break }
            let within = samples.filter {
                $0.time > sample.time && $0.time <= sample.time + horizon
            }
            let next = samples[index + 1]
            let isNextStep = next.time == end.time && 2 * (next.time - sample.time) <= 18
            let truth = within.map(\.value).max() ?? (isNextStep ? next.value : nil)
            #expect(labels[index] == truth, "forecast \(index), horizon \(horizon)")
        }
    }
}
