import Agent
import Aggregates
import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import History
@testable import headroom

/// The formats that `headroom import` reads, and what other commands make of them.
@Suite struct ImportTests {
    /// A folder of the test's own, with a history in it.
    private final class Place {
        let path = NSTemporaryDirectory() + "headroom-import-\(UUID().uuidString)"
        var history: String { path + "/history" }

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ text: String) throws -> String {
            try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
            return path + "/" + name
        }

        func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

        /// Of all minutes, by cgroup and Unix seconds of their end.
        func minutes() throws -> [String: [Int: HistoryMinute]] {
            struct Collector: HistoryVisitor {
                var minutes: [String: [Int: HistoryMinute]] = [:]
                mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
                    minutes[cgroup.path, default: [:]][Int(timeNanoseconds / 1_000_000_000)] = minute
                }
            }
            var collector = Collector()
            _ = try HistoryReader(directory: history).scan(.coarse, 0...UInt64.max, into: &collector)
            return collector.minutes
        }

        /// - Returns: what was read, with the summary.
        @discardableResult func imported(_ read: (ImportFeed) throws -> Void) throws -> ImportFeed {
            let options = ImportOptions(
                directory: history, keepNanoseconds: Int64(36_500) * 86_400_000_000_000, byteLimit: 512 << 20,
                now: UInt64(Date().timeIntervalSince1970) * 1_000_000_000, source: "test", version: "test")
            let feed = ImportFeed(HistoryImport(options))
            try read(feed)
            var summary = ImportSummary()
            try feed.history.finish(&summary)
            feed.summary = summary
            return feed
        }

        /// Runs a command of the program with this history.
        func run(_ type: (some ParsableCommand).Type, _ words: [String]) throws {
            var command = try type.parse(words + ["--history", history])
            try command.run()
        }
    }

    private static let sar = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/sar.csv").path

    private static func isNear(_ one: Double, _ other: Double) -> Bool { (one - other).magnitude <= other * 0.000_3 + 1e-9 }

    /// The end of the last whole minute an hour ago, Unix seconds.
    private static let then = Int(Date().timeIntervalSince1970) / 60 * 60 - 3600

    // MARK: Traces

    @Test func whatWasExportedAndImportedIsExportedTheSame() throws {
        let place = try Place()
        var generator = SeededGenerator(seed: 3)
        var traces: [String] = []
        for name in ["node", "web", "a_b.slice"] {
            var text = "timestamp_s,cpu,memory,net_rx,net_tx,disk_read,disk_write\n"
            for minute in 0..<3000 {
                // All magnitudes, so that every code's neighbours come up.
                func figure(_ most: Double) -> Double { pow(most, Double.random(in: 0...1, using: &generator)) - 1 }
                text += "\(Self.then - (3000 - minute) * 60),\((figure(1e5) * 1e4).rounded() / 1e6)"
                for most in [1e12, 1e9, 1e6, 1e4, 3] { text += ",\(Int(figure(most)))" }
                text += "\n"
            }
            traces.append(try place.write("\(name).csv", text))
        }
        func export(_ from: Place, _ name: String) throws -> [String: String] {
            try from.run(ExportCommand.self, ["--csv", from.path + "/" + name])
            let names = try FileManager.default.contentsOfDirectory(atPath: from.path + "/" + name)
            return Dictionary(uniqueKeysWithValues: try names.map { ($0, try from.text(name + "/" + $0)) })
        }
        try place.run(ImportCommand.self, traces)
        let first = try export(place, "first")
        #expect(first.count == 3 && first.values.allSatisfy { $0.split(separator: "\n").count == 3001 })
        let other = try Place()
        let written = first.keys.sorted().map { place.path + "/first/" + $0 }
        try other.run(ImportCommand.self, written)
        #expect(try export(other, "second") == first)
        // Compressed ones too, and without harm to what is there.
        let zipped = try Process.run(URL(fileURLWithPath: "/bin/gzip"), arguments: written)
        zipped.waitUntilExit()
        try other.run(ImportCommand.self, written.map { $0 + ".gz" })
        #expect(try export(other, "third") == first)
    }

    @Test func emptyCellsAndGapsAreNoDemand() throws {
        let place = try Place()
        let trace = try place.write(
            "web.csv",
            "timestamp_s,cpu,requests\n\(Self.then),1.5,7\n\(Self.then + 60),,7\n\(Self.then + 120),2.5,7\n\(Self.then + 1200),3.5,7\n")
        let feed = try place.imported { try TraceImport.read(trace, as: nil, into: $0) }
        #expect(feed.rows == 3)
        let web = try #require(try place.minutes()["/web"])
        #expect(web.keys.sorted() == [Self.then, Self.then + 120, Self.then + 1200], "nobody watched in between")
        #expect(web[Self.then + 1200]?.means[0] == 3.5)
    }

    @Test func aTraceThatCannotBeReadIsToldAndNothingIsWritten() throws {
        let place = try Place()
        let good = try place.write("good.csv", "timestamp_s,cpu\n\(Self.then),1\n")
        let bad = try place.write("bad.csv", "timestamp_s,cpu\n\(Self.then),1\n\(Self.then + 60),n/a\n")
        let error = #expect(throws: (any Error).self) { try place.run(ImportCommand.self, [good, bad]) }
        #expect("\(error!)".contains("bad.csv:3: column \"cpu\": \"n/a\" is not a number; expected cores"), "\(error!)")
        #expect(!FileManager.default.fileExists(atPath: place.history))
    }

    /// One sample as long as all of time: no minute of it is within what is kept, and it is no crash.
    @Test func aTraceFromEndToEndOfTimeIsRefused() throws {
        let place = try Place()
        let trace = try place.write("far.csv", "timestamp_s,cpu\n-4600000000,1\n4600000000,2\n")
        let error = #expect(throws: AgentError.self) { try place.run(ImportCommand.self, [trace]) }
        #expect(error?.description.hasPrefix("nothing was imported: ") == true, "\(error?.description ?? "")")
    }

    // MARK: sar

    /// The truth is the file's own columns, added up here.
    @Test func sarIsTheNodesMinutes() throws {
        let place = try Place()
        var sar = SarImport(cgroup: "/", cpus: nil)
        let feed = try place.imported { try sar.read(Self.sar, into: $0) }
        #expect(feed.unreadable == 0)
        var columns: [String] = []
        // By column and time, all devices together.
        var sums: [String: [Int: Double]] = [:]
        let format = DateFormatter()
        format.dateFormat = "yyyy-MM-dd HH:mm:ss zzz"
        format.locale = Locale(identifier: "en_US_POSIX")
        for line in try String(contentsOfFile: Self.sar, encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: ";").map(String.init)
            if line.hasPrefix("#") {
                columns = fields
            } else if fields[1] != "-1", fields[3] != "lo", !fields[3].hasPrefix("ifb") {
                let time = Int(try #require(format.date(from: fields[2])).timeIntervalSince1970)
                for (name, text) in zip(columns, fields).dropFirst(3) { sums[name, default: [:]][time, default: 0] += Double(text) ?? 0 }
            }
        }
        func mean(_ column: String, _ end: Int) -> Double {
            // Samples of 20 s, by their middle.
            let values = sums[column, default: [:]].filter { $0.key - 10 > end - 60 && $0.key - 10 <= end }.map(\.value)
            return values.reduce(0, +) / Double(values.count)
        }
        let node = try #require(try place.minutes()["/"])
        #expect(node.count >= 6)
        for (end, minute) in node {
            #expect(
                Self.isNear(minute.means[0], (100 - mean("%idle", end) - mean("%iowait", end) - mean("%steal", end)) / 100 * 2), "\(end)")
            #expect(Self.isNear(minute.means[1], mean("kbmemused", end) * 1024))
            #expect(Self.isNear(minute.means[2], mean("rxkB/s", end) * 1024) && Self.isNear(minute.means[3], mean("txkB/s", end) * 1024))
            #expect(Self.isNear(minute.means[4], mean("bread/s", end) * 512) && Self.isNear(minute.means[5], mean("bwrtn/s", end) * 512))
            // The same disk by itself, which is not counted again.
            #expect((minute.means[5] - mean("wkB/s", end) * 1024).magnitude <= 0.01 * minute.means[5] + 100)
        }
    }

    @Test func sarMaySayTimesOtherwiseAndDisksAlone() throws {
        let place = try Place()
        let text = """
            # hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle
            h;60;\(Self.then);all;40,00;0,00;10,00;5,00;0,00;45,00
            # hostname;interval;timestamp;DEV;tps;rkB/s;wkB/s
            h;60;\(Self.then);sda;1;2;4
            h;60;\(Self.then);sdb;1;3;5
            h;60;\(Self.then);dm-0;1;5;9
            h;60;\(Self.then + 60);sda;x;x;5
            """
        let file = try place.write("old.csv", text)
        var sar = SarImport(cgroup: "/", cpus: 8)
        let feed = try place.imported { try sar.read(file, into: $0) }
        let minute = try #require(try place.minutes()["/"]?[Self.then])
        #expect(Self.isNear(minute.means[0], 4) && minute.means[4] == 5120 && minute.means[5] == 9216)
        #expect(feed.unreadable == 1)
        var unknown = SarImport(cgroup: "/", cpus: nil)
        let error = #expect(throws: (any Error).self) { try place.imported { try unknown.read(file, into: $0) } }
        #expect("\(error!)".contains("old.csv:2:") && "\(error!)".contains("give --cpus"), "\(error!)")
    }

    // MARK: JSON lines

    @Test func windowsAndMinutesOfJSONLinesAreTaken() throws {
        let place = try Place()
        var text = #"{"type":"plan","pool":"node"}"# + "\n"
        for second in 1...60 {
            text +=
                #"{"type":"window","time_s":\#(Self.then - 60 + second),"duration_s":1,"cgroup":"/a","cgroup_id":7,"identity":{"kind":"kubernetes_pod","application":"shop/Deployment/web"},"cpu_cores":\#(second == 30 ? 8 : 2),"memory_bytes":1024,"net_rx_bytes_per_s":null,"pressure":{"cpu_some":0.1}}"#
                + "\n"
        }
        text +=
            #"{"type":"minute","time_s":\#(Self.then).98,"cgroup":"/b","cpu":{"mean":1,"peak":3,"forecast":{"q0.95":4}},"memory":{"mean":5,"peak":6}}"#
            + "\n"
        text += "{\"type\":\"window\",\"time_s\":\n"
        text += #"{"type":"window","time_s":\#(Self.then),"duration_s":1,"cgroup":"a","cpu_cores":1}"# + "\n"
        text += #"{"type":"window","time_s":\#(Self.then),"duration_s":1,"cgroup":"/a","cpu_cores":-1}"# + "\n"
        let file = try place.write("run.jsonl", text)
        let feed = try place.imported { try JSONLinesImport.read(file, into: $0) }
        #expect(feed.rows == 61 && feed.unreadable == 3 && feed.others == 1)
        let minutes = try place.minutes()
        let a = try #require(minutes["/a"]?[Self.then])
        #expect(Self.isNear(a.means[0], 2.1) && a.peaks[0] == 8 && a.means[1] == 1024 && a.means[2] == 0)
        let b = try #require(minutes["/b"]?[Self.then])
        #expect(b.means[0] == 1 && b.peaks[0] == 3 && b.peaks[1] == 6)
    }

    // MARK: Cgroup logs

    @Test func countersOfCgroupFilesBecomeRates() throws {
        let place = try Place()
        let start = Self.then - 60
        var text = ""
        func snapshot(_ second: Int, _ lines: [String]) { for line in lines { text += "\(start + second) \(line)\n" } }
        snapshot(
            0, ["cpu.stat:usage_usec 5000000", "a:b/cpu.stat:usage_usec 100", "a:b/cpu.stat:user_usec 1", "./late/cpu.stat:nr_periods 4"])
        snapshot(20, ["cpu.stat:usage_usec 25000000", "a:b/cpu.stat:usage_usec 10000100", "cut/cpu.stat:usage_usec 999000000"])
        // `a:b` was made again and used 4 s since; `new` was not there before.
        snapshot(
            40,
            [
                "cpu.stat:usage_usec 65000000", "a:b/cpu.stat:usage_usec 4000000", "new/cpu.stat:usage_usec 2000000",
                "new/memory.current:4096",
                "cut/cpu.stat:usage_usec 999000000", "new/io.stat:8:0 rbytes=1000 wbytes=4000 rios=1",
                "new/io.stat:8:16 rbytes=3000 wbytes=0",
            ])
        snapshot(
            60,
            [
                "cpu.stat:usage_usec 65000000", "new/cpu.stat:usage_usec 2000000", "new/memory.current:8192",
                "new/io.stat:8:0 rbytes=1000 wbytes=4000 rios=1", "new/io.stat:8:16 rbytes=3000 wbytes=0", "a:b/cpu.stat:usage_usec x",
            ])
        let file = try place.write("cgroups.log", text)
        var log = CgroupLogImport()
        let feed = try place.imported { try log.read(file, into: $0) }
        let minutes = try place.minutes()
        func minute(_ path: String) throws -> HistoryMinute { try #require(minutes[path]?[Self.then]) }
        let (node, again, new, cut) = (try minute("/"), try minute("/a:b"), try minute("/new"), try minute("/cut"))
        #expect(Self.isNear(node.means[0], 1) && node.peaks[0] == 2)
        #expect(Self.isNear(again.means[0], 0.35) && again.peaks[0] == 0.5)
        #expect(Self.isNear(new.means[0], 0.05) && new.means[1] == 6144)
        #expect(new.peaks[4] == 200 && new.peaks[5] == 200)
        #expect(cut.peaks[0] == 0, "it may have been there before the log")
        #expect(feed.resets == 1 && feed.unreadable == 1 && feed.others == 2)
    }

    // MARK: What is left out

    @Test func whereAllIsTooOldItFailsAndSaysWhatTakesIt() throws {
        let place = try Place()
        let old = Self.then - 30 * 86_400
        let trace = try place.write("web.csv", "timestamp_s,cpu\n\(old),1\n\(old + 60),2\n")
        let error = #expect(throws: AgentError.self) { try place.run(ImportCommand.self, [trace]) }
        let text = error?.description ?? ""
        #expect(error?.kind == .failed && text.contains("2 minutes are older than 7.0 days"), "\(text)")
        let keep = try #require(text.split(separator: " ").drop { $0 != "--keep" }.dropFirst().first)
        #expect(keep == "31d")
        try place.run(ImportCommand.self, [trace, "--keep", String(keep)])
        #expect(try place.minutes()["/web"]?.keys.sorted() == [old, old + 60])
        // Again: that the history has all of it already is no failure.
        try place.run(ImportCommand.self, [trace, "--keep", String(keep)])
        // Nor is it that some is too old.
        let rows = ([old, old + 60] + [0, 60, 120].map { Self.then + $0 }).map { "\($0),1\n" }.joined()
        try place.run(ImportCommand.self, [try place.write("db.csv", "timestamp_s,cpu\n" + rows)])
        #expect(try place.minutes()["/db"]?.count == 3)
    }

    @Test func whatIsNotOverIsNoImport() throws {
        let place = try Place()
        let now = Int(Date().timeIntervalSince1970)
        let trace = try place.write("web.csv", "timestamp_s,cpu\n\(now + 600),1\n\(now + 660),2\n")
        let error = #expect(throws: AgentError.self) { try place.run(ImportCommand.self, [trace]) }
        #expect(error?.description.contains("2 minutes were not over two minutes ago") == true, "\(error?.description ?? "")")
    }

    @Test func oneSnapshotOfCountersMakesNoMinute() throws {
        let place = try Place()
        let log = try place.write("cgroups.log", "\(Self.then) web/cpu.stat:usage_usec 5\n")
        let error = #expect(throws: AgentError.self) { try place.run(ImportCommand.self, ["--cgroups", log]) }
        #expect(error?.description.contains("two snapshots") == true, "\(error?.description ?? "")")
    }

    @Test func tracesOfOneNameAreNotOneCgroup() throws {
        let place = try Place()
        for folder in ["d1", "d2"] {
            try FileManager.default.createDirectory(atPath: place.path + "/" + folder, withIntermediateDirectories: true)
        }
        let (one, two) = try (
            place.write("d1/web.csv", "timestamp_s,cpu\n\(Self.then),1\n"), place.write("d2/web.csv", "timestamp_s,cpu\n\(Self.then),2\n")
        )
        let error = #expect(throws: (any Error).self) { try place.run(ImportCommand.self, [one, two]) }
        let text = ImportCommand.fullMessage(for: error!)
        #expect(text.contains("\(one) and \(two) would both be cgroup /web"), "\(text)")
        #expect(ImportCommand.exitCode(for: error!) == .validationFailure)
        #expect(!FileManager.default.fileExists(atPath: place.history))
    }

    // MARK: Whether it is whole

    @Test func checkFailsWhereAFileIsDamaged() throws {
        let place = try Place()
        for name in ["web", "db"] {
            let rows = (0..<100).map { "\(Self.then - $0 * 60),1" }.reversed().joined(separator: "\n")
            try place.run(ImportCommand.self, [try place.write("\(name).csv", "timestamp_s,cpu\n\(rows)\n")])
        }
        try place.run(HistoryCommand.self, ["--check"])
        let file = try #require(try HistoryReader(directory: place.history).files.first)
        let path = place.history + "/" + file.name
        // Begun and not closed, and within a frame: as an agent's that writes, or was killed.
        var header = HistoryHeader()
        header.intervalNanoseconds = 1_000_000_000
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        HistoryNames.encode(header, to: &builder)
        builder.append(raw: [4, 200])
        try Data(builder.bytes).write(to: URL(fileURLWithPath: place.history + "/fine-\(Self.then)000.hrh"))
        try place.run(HistoryCommand.self, ["--check"])
        // Two thirds of one.
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(whole.count * 2 / 3).write(to: URL(fileURLWithPath: path))
        let count = try HistoryReader(directory: place.history).files.count
        for words in [["--check"], ["--check", "--json"]] {
            let error = #expect(throws: AgentError.self) { try place.run(HistoryCommand.self, words) }
            #expect(error?.kind == .failed && error?.description == "\(place.history): 1 of \(count) files is damaged")
        }
        try place.run(HistoryCommand.self, [])
    }

    @Test func exportNeedsADirectory() {
        let error = #expect(throws: (any Error).self) { try ExportCommand.parse(["--csv", ""]) }
        #expect(ExportCommand.fullMessage(for: error!).contains("--csv: the directory is empty"))
        #expect(ExportCommand.exitCode(for: error!) == .validationFailure)
    }

    // MARK: Afterwards

    @Test func reportBacktestAndExportReadWhatWasImported() throws {
        let place = try Place()
        for name in ["node", "web"] {
            let rows = (0..<600).map { "\(Self.then - (600 - $0) * 60),\(2 + sin(Double($0) / 20)),1000000" }
            let trace = try place.write("\(name).csv", "timestamp_s,cpu,memory\n" + rows.joined(separator: "\n") + "\n")
            try place.run(ImportCommand.self, [trace])
        }
        try place.run(ReportCommand.self, ["-o", place.path + "/report.html", "--since", "2d"])
        let page = try place.text("report.html")
        #expect(page.contains("/web") || page.contains("web"))
        #expect(page.contains("10 h") || page.contains("600"), "\(page.prefix(1500))")
        try place.run(BacktestCommand.self, ["--from-history", "--cgroup", "/web", "--horizon", "300", "--predictions", place.path + "/p"])
        let predictions = try FileManager.default.contentsOfDirectory(atPath: place.path + "/p")
        #expect(predictions == ["web.predictions.csv"])
        #expect(try place.text("p/web.predictions.csv").split(separator: "\n").count > 500)
        try place.run(SimulateCommand.self, ["--from-history", "--cgroup", "/web", "--plan", place.path + "/plan"])
        try place.run(HistoryCommand.self, [])
    }

    @Test(arguments: [
        (["--jsonl"], "Missing value"), ([], "nothing to import"), (["--step", "60", "x.csv"], "--step: needs --prometheus"),
        (["x.csv", "y.csv", "--as", "/a"], "2 traces"), (["x.csv", "--as", "a"], "is not a cgroup's path"),
        (["--sar", "x", "--cpus", "0"], "--cpus"), (["x.csv", "--since", "7d"], "of Prometheus alone"),
        (["x.csv", "--keep", "week"], "is not a span"),
        (["--jsonl", "-", "--cgroups", "-"], "standard input is there once"),
    ])
    func wrongUsageIsSaid(_ words: [String], _ expected: String) {
        let error = #expect(throws: (any Error).self) { try ImportCommand.parse(words) }
        #expect(ImportCommand.fullMessage(for: error!).contains(expected), "\(ImportCommand.fullMessage(for: error!))")
    }
}
