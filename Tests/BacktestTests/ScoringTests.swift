import Backtest
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
}
