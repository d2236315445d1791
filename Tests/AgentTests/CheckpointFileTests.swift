import Agent
import Forecast
import Testing

@Suite struct CheckpointFileTests {
    private static let configuration = ForecastConfiguration(
        horizonsNanoseconds: [300_000_000_000],
        quantiles: [0.95]
    )

    @Test func whatWasWrittenIsReadAndNothingElseIsLeft() throws {
        let folder = try TemporaryDirectory()
        let file = CheckpointFile(path: "\(folder.path)/forecasts")
        try file.write(Self.checkpoint(value: 1).encoded())
        try file.write(Self.checkpoint(value: 3).encoded())
        guard case .restored(let checkpoint) = file.read() else {
            Issue.record("not restored")
            return
        }
        let series = try checkpoint.series(at: 0, configuration: Self.configuration)
        #expect(try #require(series.forecast(horizon: 0, quantile: 0)) >= 3)
        #expect(try folder.contents == ["forecasts"])
    }

    @Test func withoutAFileThereIsNothingToSay() throws {
        let folder = try TemporaryDirectory()
        guard case .none = CheckpointFile(path: "\(folder.path)/forecasts").read() else {
            Issue.record("a file that is not there was read")
            return
        }
    }

    @Test func aForeignFileIsKeptAsideAndTheNextStartIsClean() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(Array("PK: no checkpoint at all".utf8), to: "forecasts")
        let file = CheckpointFile(path: path)
        guard case .refused(let reason) = file.read() else {
            Issue.record("not refused")
            return
        }
        #expect(reason.hasPrefix("\(path): this is not a checkpoint"))
        #expect(reason.hasSuffix("the file is kept as \(path).refused"))
        #expect(try folder.read("forecasts.refused") == Array("PK: no checkpoint at all".utf8))
        guard case .none = file.read() else {
            Issue.record("still there")
            return
        }
    }

    @Test func anUnwritableFolderIsAnError() {
        let file = CheckpointFile(path: "/nonexistent/forecasts")
        #expect(throws: AgentError.self) { try file.write(Self.checkpoint(value: 1).encoded()) }
    }

    private static func checkpoint(value: Double) -> Checkpoint {
        var series = SeriesForecaster(configuration: configuration)
        series.observe(Observation(timeNanoseconds: 1_700_000_000_000_000_000, value: value))
        var checkpoint = Checkpoint()
        checkpoint.add(series, key: "a")
        return checkpoint
    }
}
