import Backtest
import Testing

@Suite struct BaselineTests {
    @Test func theHistogramsQuantileLiesOneBucketAboveTheTruth() {
        var histogram = HistogramBaseline(name: "vpa", halfLifeSeconds: 86_400)
        for index in 1...100 {
            histogram.observe(timeSeconds: Int64(index), value: Double(index))
        }
        let forecast = histogram.forecast(quantile: 0.95)
        #expect(forecast >= 95 && forecast <= 95 * 1.05 * 1.05)
    }

    @Test func theHistogramForgetsWithItsHalfLife() {
        var histogram = HistogramBaseline(name: "vpa", halfLifeSeconds: 3_600)
        for index in 0..<100 { histogram.observe(timeSeconds: Int64(index), value: 100) }
        for index in 0..<100 { histogram.observe(timeSeconds: 86_400 + Int64(index), value: 1) }
        #expect(histogram.forecast(quantile: 0.99) < 1.11)
    }

    @Test func sigmaIsTheMeanPlusDeviations() {
        var sigma = SigmaBaseline(sigmas: 3)
        for index in 0..<20_000 {
            sigma.observe(timeSeconds: Int64(index) * 10, value: index % 2 == 0 ? 1 : 3)
        }
        #expect(abs(sigma.forecast(quantile: 0.5) - 5) < 0.01)
    }

    @Test func theHoursMaximumForgetsAfterAnHour() {
        var maximum = RecentMaximumBaseline()
        maximum.observe(timeSeconds: 0, value: 9)
        maximum.observe(timeSeconds: 3_000, value: 2)
        #expect(maximum.forecast(quantile: 0.9) == 9)
        maximum.observe(timeSeconds: 3_660, value: 1)
        #expect(maximum.forecast(quantile: 0.9) == 2)
    }
}
