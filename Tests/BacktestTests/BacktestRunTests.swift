import Aggregates
import Backtest
import Glibc
import Testing

@Suite struct BacktestRunTests {
    @Test func predictionsHaveOneRowForEachSampleResourceAndHorizon() throws {
        let trace = TemporaryFile(
            name: "web.csv",
            "timestamp_s,cpu,memory\n0,1,10\n60,,11\n120,2,12\n"
        )
        let lines = try predictions(trace, horizons: [60, 300])
        #expect(lines.first == "timestamp_s,resource,horizon_s,q0.9,q0.95,q0.99")
        let keys = lines.dropFirst().map {
            $0.split(separator: ",").prefix(3).joined(separator: ",")
        }
        #expect(
            keys == [
                "0,cpu,60", "0,cpu,300", "0,memory,60", "0,memory,300",
                "60,memory,60", "60,memory,300",
                "120,cpu,60", "120,cpu,300", "120,memory,60", "120,memory,300",
            ]
        )
    }

    @Test(arguments: [1, 150, 299])
    func cuttingOrChangingTheFutureChangesNoEarlierPrediction(kept: Int) throws {
        let rows = (0..<300).map { "\($0 * 60),\(1 + ($0 * 37 % 11)),\(100 + $0 % 13)\n" }
        let header = "timestamp_s,cpu,memory\n"
        let whole = TemporaryFile(name: "web.csv", header + rows.joined())
        let cut = TemporaryFile(name: "web.csv", header + rows.prefix(kept).joined())
        let wild = (kept..<300).map { "\($0 * 60),\(1_000 * $0),0\n" }
        let changed = TemporaryFile(
            name: "web.csv",
            header + (rows.prefix(kept) + wild).joined()
        )
        let expected = try predictions(cut, horizons: [60, 300])
        #expect(try predictions(whole, horizons: [60, 300]).starts(with: expected))
        #expect(try predictions(changed, horizons: [60, 300]).starts(with: expected))
    }

    @Test func aMalformedTraceLeavesNoPredictionsBehind() {
        let trace = TemporaryFile(name: "web.csv", "timestamp_s,cpu\n0,1\n60,x\n")
        #expect(throws: BacktestError.self) { _ = try predictions(trace, horizons: [60]) }
        #expect(unsafe access("\(trace.directory)/out", F_OK) != 0)
    }

    @Test func twoTracesOfOneNameAreRefused() {
        let first = TemporaryFile(name: "web.csv", "timestamp_s,cpu\n0,1\n")
        let second = TemporaryFile(name: "web.csv", "timestamp_s,cpu\n0,1\n")
        #expect(throws: BacktestError.duplicateApplication("web", paths: [first.path, second.path])) {
            _ = try run([first.path, second.path], directory: nil)
        }
    }

    @Test func aPipeIsRefusedWithWhatToDo() throws {
        let place = TemporaryFile(name: "web.csv", "")
        unsafe unlink(place.path)
        try #require(unsafe mkfifo(place.path, 0o600) == 0)
        #expect(throws: BacktestError.trace(TraceError(path: place.path, problem: .notAFile))) {
            _ = try run([place.path], directory: nil)
        }
    }

    /// A value that a `Float` cannot hold: what is written covers it, as what is scored does.
    @Test func whatIsWrittenIsWhatIsScored() throws {
        let rows = (0..<400).map { "\($0 * 60),16777217\n" }.joined()
        let trace = TemporaryFile(name: "web.csv", "timestamp_s,memory\n" + rows)
        let lines = try predictions(trace, horizons: [60])
        #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",").dropFirst(3).allSatisfy { Double($0)! >= 16_777_217 } })
        let report = try run([trace.path], directory: nil)
        #expect(report.series[0].policies[0].quantiles.allSatisfy { $0.coverage == 1 })
        #expect(report.scoredCount > 100)
    }

    @Test func scoresStandBesideEveryBaseline() throws {
        let rows = (0..<400).map { "\($0 * 60),\(1 + $0 % 5)\n" }.joined()
        let trace = TemporaryFile(name: "web.csv", "timestamp_s,cpu\n" + rows)
        let report = try run([trace.path], directory: nil)
        let policies = Set(report.lines.map(\.policy))
        #expect(policies.isSuperset(of: ["headroom", "vpa", "vpa-x1.15", "nsigma3", "nsigma5"]))
        #expect(policies.count == 10)
        let vpa = report.lines.filter { $0.policy == "vpa" }
        #expect(vpa.allSatisfy { abs(($0.lossOverReference ?? 0) - 1) < 1e-12 })
        #expect(report.json().hasPrefix("{\"horizons_s\":[60],\"quantiles\":[0.9,0.95,0.99]"))
        #expect(report.table.contains("cpu, lead 60 s: 1 series"))
    }

    @Test func everySeriesIsToldWhenAskedAndTheWorstAlways() throws {
        let rows = (0..<400).map { "\($0 * 60),\(1 + $0 % 5),\(100 + $0 % 3)\n" }.joined()
        let trace = TemporaryFile(name: "we\"b.csv", "timestamp_s,cpu,memory\n" + rows)
        let report = try run([trace.path], directory: nil)
        #expect(!report.json().contains("\"series\":[{"))
        let json = report.json(perSeries: true)
        let entry =
            #""application":"we\"b","resource":"memory","horizon_s":60,"policy":"vpa","quantile":0.9"#
        #expect(json.contains(entry))
        let worst = try #require(report.worst(1).first)
        #expect(worst.quantile == 0.95)
        #expect(report.worst(10).allSatisfy { $0.lossOverBest <= worst.lossOverBest })
    }

    @Test func aPlotShowsEveryResourceInBothColourSchemes() throws {
        let rows = (0..<400).map { "\($0 * 60),\(1 + $0 % 5),\(1 << 20)\n" }.joined()
        let trace = TemporaryFile(name: "a<b&c.csv", "timestamp_s,cpu,memory\n" + rows)
        let picture = "\(trace.directory)/plot.svg"
        _ = try Backtest(
            configuration: BacktestConfiguration(
                horizonsSeconds: [300],
                quantiles: [0.9, 0.95, 0.99],
                predictionsDirectory: nil,
                plotPath: picture
            )
        ).run(paths: [trace.path])
        let folder = try SimulationFolder()
        #expect(unsafe rename(picture, "\(folder.path)/plot.svg") == 0)
        let text = try #require(folder.read("plot.svg"))
        #expect(text.contains("a&lt;b&amp;c") && text.contains("prefers-color-scheme: dark"))
        #expect(text.contains("cpu, lead 300 s") && text.contains("memory, lead 300 s"))
        #expect(text.contains(" MiB") && !text.contains("nan") && !text.contains("inf"))
        #expect(text.hasSuffix("</svg>\n"))
    }

    @Test func aPlotOfTwoTracesIsRefused() {
        let configuration = BacktestConfiguration(
            horizonsSeconds: [300],
            quantiles: [0.95],
            predictionsDirectory: nil,
            plotPath: "/tmp/x.svg"
        )
        #expect(throws: BacktestError.plotNeedsOneTrace(2)) {
            _ = try Backtest(configuration: configuration).run(paths: ["a.csv", "b.csv"])
        }
    }

    private func run(_ paths: [String], directory: String?) throws -> BacktestReport {
        try Backtest(
            configuration: BacktestConfiguration(
                horizonsSeconds: [60],
                quantiles: [0.9, 0.95, 0.99],
                predictionsDirectory: directory
            )
        ).run(paths: paths)
    }

    /// The lines of the predictions file of one trace.
    private func predictions(_ trace: TemporaryFile, horizons: [Int64]) throws -> [String] {
        let directory = "\(trace.directory)/out"
        _ = try Backtest(
            configuration: BacktestConfiguration(
                horizonsSeconds: horizons,
                quantiles: [0.9, 0.95, 0.99],
                predictionsDirectory: directory
            )
        ).run(paths: [trace.path])
        let path = "\(directory)/web.predictions.csv"
        defer {
            unsafe unlink(path)
            unsafe rmdir(directory)
        }
        let descriptor = unsafe open(path, O_RDONLY)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress, $0.count)
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }
}
