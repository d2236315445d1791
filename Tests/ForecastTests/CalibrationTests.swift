import Forecast
import Testing

@Suite struct CalibrationTests {
    /// Labels overlap, so one run's coverage has a standard deviation near 0.01 whatever the
    /// method; in 40 runs 36 lay in the range when this was written.
    @Test func tenMinutesAtFiveSecondsLeadAreCoveredAsAsked() {
        let runs = (1...40).map { coverage(lead: 5, seed: $0) }
        let mean = runs.reduce(0, +) / 40
        #expect((0.94...0.96).contains(mean), "coverage \(mean)")
        #expect(runs.count { (0.93...0.97).contains($0) } >= 35, "\(runs)")
    }

    /// Ten overlapping labels make one run's coverage noisy: even a perfect forecaster's has a
    /// standard deviation of 0.02. The mean over runs has to be right.
    @Test func tenMinutesAtTenSecondsLeadAreCoveredAsAskedOnAverage() {
        let runs = (1...40).map { coverage(lead: 10, seed: $0) }
        let mean = runs.reduce(0, +) / 40
        #expect((0.93...0.97).contains(mean), "coverage \(mean): \(runs)")
    }

    /// Share of peaks at or below the 0.95 quantile, after 30 s of warm-up.
    private func coverage(lead: Int64, seed: UInt64) -> Double {
        let values = Scenario.values(count: 630, seed: seed)
        var forecaster = Scenario.forecaster([lead], [0.5, 0.9, 0.95, 0.99])
        var covered = 0
        var scored = 0
        for index in 0..<(values.count - Int(lead)) {
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * Scenario.second,
                    value: values[index]
                )
            )
            guard index >= 30, let forecast = forecaster.forecast(horizon: 0, quantile: 2) else {
                continue
            }
            scored += 1
            if values[index + 1...index + Int(lead)].max()! <= forecast { covered += 1 }
        }
        return Double(covered) / Double(scored)
    }

    @Test func theRecordIsOfWhatWasIssued() {
        var forecaster = Scenario.forecaster([1], [0.9])
        var covered = 0
        var loss = 0.0
        let values = Scenario.values(count: 200, seed: 9)
        for (index, value) in values.enumerated() {
            if let said = forecaster.forecast(horizon: 0, quantile: 0) {
                covered += value <= said ? 1 : 0
                loss += value > said ? 0.9 * (value - said) : 0.1 * (said - value)
            }
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * Scenario.second,
                    value: value
                )
            )
        }
        let record = forecaster.calibration(horizon: 0, quantile: 0)
        #expect(record.maturedLabels == 199)
        #expect(record.coveredFraction == Double(covered) / 199)
        #expect(abs(record.meanPinballLoss - loss / 199) < 1e-5)
    }
}
