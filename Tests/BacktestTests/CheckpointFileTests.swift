import Backtest
import Forecast
import Testing

@Suite struct CheckpointFileTests {
    private static let configuration = ForecastConfiguration(
        horizonsNanoseconds: [300_000_000_000],
        quantiles: [0.95]
    )

    @Test func whatWasWrittenIsReadAndNothingElseIsLeft() throws {
        let folder = try SimulationFolder()
        let file = CheckpointFile(path: "\(folder.path)/forecasts")
        try file.write(Self.checkpoint(value: 1))
        try file.write(Self.checkpoint(value: 3))
        guard case .restored(let checkpoint) = file.read() else {
            Issue.record("not restored")
            return
        }
        let series = try checkpoint.series(at: 0, configuration: Self.configuration)
        #expect(try #require(series.forecast(horizon: 0, quantile: 0)) >= 3)
        #expect(SimulationFolder.entries(folder.path) == ["forecasts"])
    }

    @Test func withoutAFileThereIsNothingToSay() throws {
        let folder = try SimulationFolder()
        guard case .none = CheckpointFile(path: "\(folder.path)/forecasts").read() else {
            Issue.record("a file that is not there was read")
            return
        }
    }

    @Test func aForeignFileIsKeptAsideAndTheNextStartIsClean() throws {
        let folder = try SimulationFolder()
        let path = try folder.write("forecasts", "PK: no checkpoint at all")
        let file = CheckpointFile(path: path)
        guard case .refused(let reason, let keptAs) = file.read() else {
            Issue.record("not refused")
            return
        }
        #expect(reason.hasPrefix("\(path): this is not a checkpoint"))
        #expect(keptAs == path + ".refused")
        #expect(folder.read("forecasts.refused") == "PK: no checkpoint at all")
        guard case .none = file.read() else {
            Issue.record("still there")
            return
        }
    }

    @Test func anUnwritableFolderIsAnError() {
        let file = CheckpointFile(path: "/nonexistent/forecasts")
        #expect(throws: BacktestError.self) { try file.write(Self.checkpoint(value: 1)) }
    }

    private static func checkpoint(value: Double) -> Checkpoint {
        var series = SeriesForecaster(configuration: configuration)
        series.observe(Observation(timeNanoseconds: 1_700_000_000_000_000_000, value: value))
        var checkpoint = Checkpoint()
        checkpoint.add(series, key: "a")
        return checkpoint
    }
}
