import Aggregates
import Foundation
import TestSupport
import Testing

@testable import History
@testable import Report

/// The page, of days that are made up.
@Suite struct ReportPageTests {
    private static let start: UInt64 = 1_795_000_000_000_000_000 / 60_000_000_000 * 60_000_000_000
    private static let minute: UInt64 = 60_000_000_000

    /// Daily waves with noise; forecasts cover as they say when `bias` is 1.
    private static func data(
        minutes: Int, bias: Double = 1, seed: UInt64 = 1, pools: KeyValuePairs<String, Double> = [:]
    ) -> ReportData {
        var generator = SeededGenerator(seed: seed)
        var data = ReportData(span: UInt64(minutes) * minute)
        var header = HistoryHeader()
        header.hostname = "node-7 <script>alert(1)</script>"
        header.intervalNanoseconds = 1_000_000_000
        header.cores = 16
        header.memoryBytes = 64e9
        header.horizonsNanoseconds = [60_000_000_000, 300_000_000_000]
        header.quantiles = [0.5, 0.9, 0.95, 0.99]
        data.begin(header, HistoryFile(.coarse, 0, isClosed: true, byteCount: 0))
        let plan = HistoryPlan(pool: "node", resource: .cpu, fraction: 0.95, leadNanoseconds: 300_000_000_000)
        for number in 0..<minutes {
            let time = start + UInt64(number) * minute
            let day = Double(number) / 1440 * 2 * .pi
            let level = 6 + 3 * sin(day)
            // What comes is uniform in 0...2 above the level, so quantiles are known.
            let cgroups = ["/", "/system.slice/web.service", "/system.slice/db & <cache>.service", "/machine.slice/a\u{1}b"]
            for (place, path) in cgroups.enumerated() {
                let scale = place == 0 ? 1 : 0.5 / Double(place)
                var one = HistoryMinute()
                one.means[0] = (level + 0.5) * scale
                one.peaks[0] = (level + Double.random(in: 0...2, using: &generator)) * scale
                one.means[1] = (20e9 + 1e9 * sin(day / 3)) * scale
                one.peaks[1] = one.means[1]
                one.means[3] = 1e6 * scale
                one.peaks[3] = 2e6 * scale
                one.delayNanoseconds = 400_000_000
                let next = 6 + 3 * sin(Double(number + 1) / 1440 * 2 * .pi)
                one.forecasts[0] = header.quantiles.map { (next + 2 * $0 * bias) * scale }
                data.minute(HistoryCgroup(cgroupID: UInt64(place), path: path, application: nil, isLeaf: place > 0), one, timeNanoseconds: time)
            }
            data.minuteEnd(timeNanoseconds: time, durationNanoseconds: minute)
            var planned = HistoryPlanMinute()
            planned.seconds = 60
            planned.meanDemand = level + 0.5
            planned.peakDemand = level + 2
            planned.last.ready = (level + 2).rounded(.up)
            planned.last.target = planned.last.ready
            planned.last.forecast = level + 1.9
            planned.held = (planned.last.ready - planned.meanDemand) * 60
            if number % 97 == 0 {
                planned.shortSeconds = 3
                planned.short = 0.5
            }
            data.planMinute(plan, planned, timeNanoseconds: time)
            // The next five minutes' highest window of the pool, uniform and independent minute by minute.
            for (pool, bias) in pools {
                var one = HistoryPlanMinute()
                one.seconds = 60
                one.meanDemand = 1
                one.peakDemand = Double.random(in: 1...2, using: &generator)
                one.last.ready = 2
                one.held = 60
                // Of the highest of five.
                one.ladder = HistoryPlanMinute.Ladder(
                    horizonNanoseconds: 5 * minute,
                    values: header.quantiles.map { $0 == 0.9 && pool == "/limited" ? nil : 1 + pow($0, 0.2) * bias })
                for resource in [Resource.cpu, .memory] {
                    data.planMinute(
                        HistoryPlan(pool: pool, resource: resource, fraction: 0.95, leadNanoseconds: 300_000_000_000), one,
                        timeNanoseconds: time)
                }
            }
            data.agentMinute(HistoryAgentMinute(cores: 0.003, probeNanosecondsPerSecond: 2e6, residentBytes: 27e6, cgroups: 120, windows: 60), timeNanoseconds: time)
        }
        let lines = [
            #"{"type":"request","time_s":1,"id":1,"pool":"node","provider":"host","resource":"cpu","amount":9,"change":1,"outcome":"granted","granted":9,"reasons":["p95 of the pool's peak is <9> cores","x"]}"#,
            #"{"type":"event","time_s":2,"event":"oom_kill","cgroup":"/a","cgroup_id":3,"pid":7}"#,
            #"{"type":"loss","time_s":3,"cause":"tick_skipped","total":4,"meaning":"the agent was late"}"#,
            #"{"type":"loss","time_s":4,"cause":"tick_skipped","total":6,"meaning":"the agent was late"}"#,
            #"{"type":"plan","time_s":5}"#,
        ]
        for line in lines { data.line(Array(line.utf8)[...], timeNanoseconds: start + minute) }
        return data
    }

    private static func page(_ data: ReportData) -> String {
        let costs = [("headroom", 0.3), ("reactive", 0.6)].map { name, cost in
            PolicyCost(
                resource: .cpu, policy: name, summary: "a rule", hold: 0.2, shortage: 0.001, violationTime: 0.02, cost: cost,
                changesPerDay: 40, isHeadroom: name == "headroom")
        }
        return ReportPage(data, policies: costs, version: "test", madeNanoseconds: start).html
    }

    @Test func forecastsThatAreHonestAreOnTheDiagonal() throws {
        let scores = try #require(Self.data(minutes: 4000).nodeCalibration).scores
        for score in scores {
            #expect(score.count >= 3990)
            #expect((try #require(score.share) - score.quantile).magnitude < 0.02, "\(score)")
        }
        let narrow = try #require(Self.data(minutes: 4000, bias: 0.5).nodeCalibration).scores
        #expect((try #require(narrow.last?.share) - 0.495).magnitude < 0.03)
    }

    @Test func aGapMaturesNothing() {
        var calibration = Calibration(horizon: 120_000_000_000, quantiles: [0.5])
        for minute in [1, 2, 10, 11, 12] as [UInt64] {
            calibration.add("/", peak: 1, forecast: [2], timeNanoseconds: minute * Self.minute)
        }
        #expect(calibration.scores[0].count == 1 && calibration.scores[0].covered == 1)
    }

    /// The small pictures of applications began at the first minute that was read: one before it ended the command.
    @Test func aClockThatWasSetBackMovesTheBeginning() throws {
        var data = ReportData(span: Self.minute)
        let web = HistoryCgroup(cgroupID: 1, path: "/web", application: nil, isLeaf: true)
        var one = HistoryMinute()
        one.means[0] = 1
        one.peaks[0] = 2
        one.delayNanoseconds = 1 << 63
        for time in [Self.start, Self.start - 3 * 60 * Self.minute, Self.start - 3 * 60 * Self.minute + Self.minute] {
            data.minute(web, one, timeNanoseconds: time)
            data.minuteEnd(timeNanoseconds: time, durationNanoseconds: Self.minute)
        }
        #expect(data.firstNanoseconds == Self.start - (3 * 60 + 1) * Self.minute)
        let page = Self.page(data)
        #expect(page.contains("/web") && page.contains("class=\"spark\""))
    }

    /// What a line of a damaged file counts may be any number.
    @Test(arguments: [("1e300", "1000000000000000"), ("-7", "0"), ("nan", "0"), ("1.5", "1"), ("3", "3")])
    func countsOfLinesAreWithinReason(told: String, shown: String) {
        var data = Self.data(minutes: 2)
        for _ in 0..<2 {
            data.line(
                Array(#"{"type":"event","time_s":2,"event":"cgroups_left_out","count":\#(told)}"#.utf8)[...],
                timeNanoseconds: Self.start)
        }
        let twice = shown == "1000000000000000" ? shown : "\(2 * (Int(shown) ?? 0))"
        #expect(Self.page(data).contains(", and \(twice) births and removals that were only counted"))
    }

    /// What was forecast for a pool's sum against what came, whose distribution is known.
    @Test func poolsAreHonestOrNot() throws {
        let data = Self.data(minutes: 4000, pools: ["web": 1, "narrow <b>": 0.9, "/limited": 1])
        func scores(_ pool: String) throws -> [Calibration.Score] {
            try #require(data.plans.first { $0.plan.pool == pool && $0.plan.resource == .cpu }).calibration.scores
        }
        for score in try scores("web") {
            #expect(score.count >= 3990)
            #expect((try #require(score.share) - score.quantile).magnitude < 0.04, "\(score)")
        }
        // The highest of five is below 1 + 0.9 q^(1/5) in 0.9^5 q of the cases.
        for score in try scores("narrow <b>") {
            #expect((try #require(score.share) - score.quantile * pow(0.9, 5)).magnitude < 0.04, "\(score)")
        }
        #expect(try scores("/limited").map { $0.count > 0 } == [true, false, true, true])
        let page = Self.page(data)
        #expect(page.contains("<h2>Pools</h2>") && page.contains("<h3>narrow &lt;b&gt;</h3>") && page.contains("in no pool"))
        #expect(page.contains("calibration of web") && !page.contains("calibration of /limited"), "limits are no pools")
        #expect(page.contains("<th>p95</th>") && page.contains("p50–p99 of the peak ahead"))
        #expect(!Self.page(Self.data(minutes: 200)).contains("<h2>Pools</h2>"), "nothing without pools")
    }

    /// The label is the highest window of the lead, to the nearest minute; shorter leads have none.
    @Test(arguments: [(30, 0), (60, 9), (89, 9), (91, 8), (300, 5)] as [(UInt64, Int)]) func leadsAreOfWholeMinutes(seconds: UInt64, count: Int) {
        var calibration = Calibration(horizon: 60_000_000_000, quantiles: [0.5])
        for minute in 1...10 as ClosedRange<UInt64> {
            calibration.add("", peak: 1, forecast: [2], horizon: seconds * 1_000_000_000, timeNanoseconds: minute * Self.minute)
        }
        #expect(calibration.scores[0].count == count)
    }

    @Test func whatIsTold() {
        let page = Self.page(Self.data(minutes: 2000))
        for text in [
            "Demand and capacity", "Were the forecasts honest?", "What it was worth", "Who used it", "oom_kill",
            "<code>tick_skipped</code></td><td>6</td>", "1 granted", "p95 of the pool's peak is &lt;9&gt; cores",
            "<td>50 %</td>", "What Headroom itself cost", "short",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    /// Names come from whoever may make cgroups.
    @Test func nothingFromOutsideIsMarkup() {
        let page = Self.page(Self.data(minutes: 200))
        #expect(!page.contains("<script") && page.contains("node-7 &lt;script&gt;"))
        #expect(page.contains("db &amp; &lt;cache&gt;.service") && page.contains("a?b"))
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("src="), "needs no network")
        #expect(!page.contains("nan") && !page.contains("inf"))
    }

    @Test func aDayWithoutPlansOrForecastsIsShownToo() {
        var data = ReportData(span: 3_600_000_000_000)
        var header = HistoryHeader()
        header.intervalNanoseconds = 1
        data.begin(header, HistoryFile(.coarse, 0, isClosed: true, byteCount: 0))
        data.minute(HistoryCgroup(cgroupID: 1, path: "/", application: nil, isLeaf: false), HistoryMinute(), timeNanoseconds: Self.start)
        data.minuteEnd(timeNanoseconds: Self.start, durationNanoseconds: Self.minute)
        let page = ReportPage(data, policies: [], version: "test", madeNanoseconds: Self.start).html
        #expect(page.contains("None has come to its time yet") && page.contains("no demand") && page.contains("Nothing was lost"))
    }

    /// In a real browser, where there is one: no complaint on its console, in light and dark.
    @Test func aBrowserShowsIt() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-report-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { if ProcessInfo.processInfo.environment["HEADROOM_KEEP_REPORT"] == nil { try? FileManager.default.removeItem(atPath: path) } }
        try Self.page(Self.data(minutes: 4000, pools: ["web": 1, "batch": 0.93, "ci-runners.example": 1.02])).write(toFile: path + "/report.html", atomically: true, encoding: .utf8)
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium") else {
            print("SKIPPED the report in a browser: no chromium (apt install chromium)")
            return
        }
        for scheme in ["light", "dark"] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/chromium")
            process.arguments = [
                "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--user-data-dir=\(path)/\(scheme)",
                "--blink-settings=preferredColorScheme=\(scheme == "dark" ? 0 : 1)", "--window-size=1100,4200",
                "--screenshot=\(path)/\(scheme).png", "file://\(path)/report.html",
            ]
            let output = Pipe()
            process.standardError = output
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(text.suffix(2000))")
            #expect(!text.contains("CONSOLE"), "\(text)")
            let picture = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(scheme).png"))
            #expect(picture.count > 50_000, "a picture with something on it")
        }
    }
}
