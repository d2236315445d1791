import Agent
import Aggregates
import Foundation
import HeadroomABI
import Terminal
import Testing

@testable import History
@testable import NodeView

/// Moments out of files that are written here.
@Suite struct DiskSourceTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start: UInt64 = 1_795_000_000 * second

    /// Two files of 70 ticks each; `/a` works in every second one, `/b` is gone after the fifth.
    private static func history() throws -> String {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for file in 0..<2 as Range<UInt64> {
            var header = HistoryHeader()
            header.hostname = "node-7"
            header.intervalNanoseconds = second
            header.horizonsNanoseconds = [60 * second, 300 * second]
            header.quantiles = [0.5, 0.95]
            var builder = ByteBuilder()
            builder.append(raw: HistoryFile.magic)
            HistoryNames.encode(header, to: &builder)
            var encoder = FineEncoder()
            let names: [HistoryCgroup?] = ["/", "/a", "/a/b"].enumerated().map {
                HistoryCgroup(cgroupID: UInt64($0), path: $1, application: nil, isLeaf: $0 > 0)
            }
            let plan = HistoryPlan(pool: "node", resource: .cpu, fraction: 0.95, leadNanoseconds: 300)
            for tick in 1...70 as ClosedRange<UInt64> {
                var batch = HistoryBatch()
                batch.timeNanoseconds = start + (file * 70 + tick) * second
                batch.durationNanoseconds = second
                for number in 0..<3 where !(number == 2 && (file == 1 || tick > 5)) {
                    var window = Window()
                    window.end_ns = batch.timeNanoseconds
                    window.start_ns = window.end_ns - second
                    window.coverage = 1
                    window.memory_bytes = UInt64(100 * (number + 1))
                    if number != 1 || tick % 2 == 0 { window.cpu_ns = UInt64(number + 1) * 100_000_000 }
                    if number == 2, tick == 5 { window.is_final = 1 }
                    batch.rows.append(HistoryBatch.Row(number: number, window: window))
                }
                batch.plans = [
                    HistoryBatch.PlanRow(
                        number: 0, figures: HistoryPlanFigures(demand: 1, forecast: 2, target: 3, ready: 3), allocatable: nil,
                        coverage: nil, line: [])
                ]
                encoder.encode(batch, cgroups: names, plans: [plan], to: &builder)
            }
            let name = HistoryFile.name(.fine, Int64((start + (file * 70 + 1) * second) / 1_000_000))
            try Data(builder.bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        try addMinutes(to: directory)
        return directory
    }

    /// Minutes that end with the ticks 20, 80 and 140: after each, of `/a` 1, 2 and 3 cores are forecast for the next minute
    /// and ten times that for the next five.
    private static func addMinutes(to directory: String) throws {
        var header = HistoryHeader()
        header.intervalNanoseconds = second
        header.horizonsNanoseconds = [60 * second, 300 * second]
        header.quantiles = [0.5, 0.95]
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        HistoryNames.encode(header, to: &builder)
        func add(_ line: String, at tick: UInt64) {
            builder.frame(.line) { frame in
                frame.append(start + tick * second)
                frame.append(raw: line.utf8)
            }
        }
        func request(_ id: Int, _ tick: UInt64, told: UInt64, _ outcome: String) {
            add(
                #"{"type":"request","time_s":\#(1_795_000_000 + tick),"id":\#(id),"pool":"web","provider":"cloud","resource":"cpu","amount":4,"change":1,"outcome":"\#(outcome)","granted":4,"outcome_reason":"as it likes","reasons":["the peak \#(id)"]}"#,
                at: told)
        }
        var encoder = CoarseEncoder()
        for number in 1...3 as ClosedRange<UInt64> {
            let tick = number * 60 - 40
            if number == 1 { request(1, 18, told: 18, "granted") }
            if number == 2 {
                request(2, 70, told: 70, "pending")
                add(#"{"type":"event","time_s":71,"event":"oom_kill"}"#, at: 71)
                request(2, 70, told: 79, "granted")
            }
            var batch = HistoryBatch()
            batch.timeNanoseconds = start + tick * second
            batch.durationNanoseconds = second
            batch.endsMinute = true
            var window = Window()
            window.end_ns = batch.timeNanoseconds
            window.start_ns = window.end_ns - second
            window.cpu_ns = 1
            batch.rows = [HistoryBatch.Row(number: 0, window: window), HistoryBatch.Row(number: 1, window: window)]
            batch.agent.cores = 0.01 * Double(number)
            batch.plans = [
                HistoryBatch.PlanRow(
                    number: 0, figures: HistoryPlanFigures(demand: 1, forecast: 2, target: 3, ready: 3), allocatable: 16,
                    coverage: 0.9, ladder: HistoryPlanMinute.Ladder(horizonNanoseconds: 240 * second, values: [nil, 2]), line: [])
            ]
            var sums = MinuteSums()
            sums.add(batch)
            let names: [HistoryCgroup?] = ["/", "/a"].enumerated().map {
                HistoryCgroup(cgroupID: UInt64($0), path: $1, application: nil, isLeaf: $0 > 0)
            }
            encoder.encode(
                sums, cgroups: names,
                plans: [HistoryPlan(pool: "node", resource: .cpu, fraction: 0.95, leadNanoseconds: 300)],
                forecasts: { index, minute in
                    guard index == 1 else { return }
                    minute.forecasts[0] = [Double(number) / 2, Double(number)]
                    minute.longForecasts[0] = Double(number) * 10
                }, to: &builder)
            add(#"{"type":"plan","time_s":1,"pool":"node","resource":"cpu","reasons":["reason \#(number)","and more"]}"#, at: tick)
        }
        let name = HistoryFile.name(.coarse, Int64((start + second) / 1_000_000))
        try Data(builder.bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    @Test func everyWindowOfThePastCanBeStoodAt() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let source = DiskSource(directory: directory)
        var time = try source.latest().time
        #expect(time == Self.start + 140 * Self.second)
        var seen = 1
        while let moment = try source.moment(atOrBefore: time - 1) {
            #expect(moment.time == time - Self.second, "one by one, from file to file")
            time = moment.time
            seen += 1
        }
        #expect(seen == 140)
        while let moment = try source.moment(after: time) {
            #expect(moment.time == time + Self.second)
            time = moment.time
            seen -= 1
        }
        #expect(seen == 1)
    }

    @Test func whoIsThereAndWhatItDid() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let known = CgroupRow.ID(slot: 7, generation: 3)
        let source = DiskSource(directory: directory) { ["/a": known] }
        let early = try #require(try source.moment(atOrBefore: Self.start + 5 * Self.second + 17))
        #expect(early.rows.map(\.name.path) == ["/", "/a", "/a/b"])
        #expect(early.rows.map(\.parent) == [-1, 0, 1])
        #expect(early.rows[1].id == known)
        #expect(early.rows[1].figures[.cpu] == 0 && early.rows[1].figures[.memory] == 200, "idle, and holds its memory")
        #expect((early.rows[2].figures[.cpu] - 0.3).magnitude < 1e-6)
        #expect(early.details.history(.cpu, of: known).map { ($0 * 10).rounded() } == [0, 2, 0, 2, 0])
        #expect(early.facts.isKept && early.facts.hostName == "node-7")
        #expect(early.facts.plans.count == 1 && early.facts.plans[0].figures.lead_ns == 300)
        let later = try #require(try source.moment(atOrBefore: Self.start + 6 * Self.second))
        #expect(later.rows.map(\.name.path) == ["/", "/a"], "its last window is behind it")
        let last = try #require(try source.moment(after: Self.start + 68 * Self.second))
        #expect(last.details.history(.memory, of: known).count == 60)
    }

    /// Every moment has the forecasts of the last minute's end before it, and no later ones.
    @Test func forecastsAreThoseOfThen() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let source = DiskSource(directory: directory)
        for tick in (1...140 as ClosedRange<UInt64>).reversed() {
            let moment = try #require(try source.moment(atOrBefore: Self.start + tick * Self.second))
            let row = try #require(moment.row("/a"))
            let number = (tick + 40) / 60
            let forecasts = moment.details.forecasts(of: row.id)
            guard number > 0 else {
                #expect(forecasts == nil && row.figures[.forecastCPU].isNaN && moment.facts.forecastNanoseconds == nil)
                continue
            }
            #expect((row.figures[.forecastCPU] - Float(number) * 10).magnitude < 0.01, "tick \(tick)")
            #expect(row.figures[.forecastMemory].isNaN)
            #expect(moment.facts.forecastNanoseconds == Self.start + (number * 60 - 40) * Self.second)
            #expect(forecasts?[.cpu, 0, 0] == Double(number) / 2 && forecasts?[.cpu, 0, 1] == Double(number))
            #expect(forecasts?[.cpu, 1, 0] == nil, "of the longest lead one quantile is kept")
            #expect(((forecasts?[.cpu, 1, 1] ?? 0) - Double(number) * 10).magnitude < 0.01)
            let before = moment.details.history(.forecastCPU, of: row.id)
            for (back, value) in before.reversed().enumerated() where back < 60 && UInt64(back) < tick - 1 {
                let then = (tick - UInt64(back) + 40) / 60
                // A file begins without a past.
                if tick > 70, tick - UInt64(back) <= 70 { continue }
                #expect(then == 0 ? value.isNaN : (value - Float(then) * 10).magnitude < 0.01, "tick \(tick), \(back) before")
            }
            #expect(moment.details.forecasts(of: try #require(moment.row("/")).id) == nil)
        }
    }

    @Test func requestsPlansAndCostsAreThoseOfThen() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let source = DiskSource(directory: directory)
        func facts(_ tick: UInt64) throws -> NodeFacts {
            try #require(try source.moment(atOrBefore: Self.start + tick * Self.second)).facts
        }
        #expect(try facts(17).requests.isEmpty)
        #expect(try facts(18).requests.map(\.outcome) == ["granted"])
        let waiting = try facts(75).requests
        #expect(waiting.map(\.outcome) == ["pending", "granted"] && waiting.map(\.figures.id) == [2, 1])
        let answered = try facts(79).requests
        #expect(answered.map(\.outcome) == ["granted", "granted"], "each as it had been answered by then")
        #expect(answered[0].reason == "the peak 2; as it likes" && answered[0].pool == "web" && answered[0].figures.amount == 4)
        #expect(answered[0].figures.time_ns == Self.start + 70 * Self.second)
        let early = try facts(10)
        #expect(early.plans.map(\.reason) == [""] && early.own == nil)
        let later = try facts(85)
        #expect(later.plans[0].reason == "reason 2; and more")
        #expect(later.plans[0].reasonNanoseconds == Self.start + 80 * Self.second)
        #expect(later.plans[0].allocatable == 16 && later.plans[0].figures.horizon_ns == 240 * Self.second)
        #expect(later.plans[0].figures.time_ns == Self.start + 85 * Self.second)
        #expect(((later.own?.cores ?? 0) - 0.02).magnitude < 1e-6)
        #expect(try source.plans(at: Self.start + 85 * Self.second).first?.reason == "reason 2; and more")
        #expect(try source.plans(at: Self.start + 900 * Self.second).isEmpty, "of no other window")
    }

    /// What the past has not is said, not left blank.
    @Test func thePageSaysWhatThePastHasNot() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let model = TopModel(source: DiskSource(directory: directory), hostName: "here")
        func lines(_ keys: [Key] = []) -> String {
            for key in keys { _ = model.handle(key) }
            let frame = model.frame(columns: 100, rows: 60)
            return (0..<60).map { frame.text(row: $0) }.joined(separator: "\n")
        }
        try model.show(at: Self.start + 85 * Self.second)
        let made = Compact.timeOfDay(Self.start + 80 * Self.second)
        let list = lines()
        #expect(list.contains("history: forecasts of \(made), losses not kept"), "\(list)")
        #expect(list.contains("itself: 2.0 % of one core"), "\(list)")
        #expect(list.contains("requests of the hour before"), "\(list)")
        let plans = lines([.character("P")])
        #expect(plans.contains("reasons are kept once a minute; these are of \(made)") && plans.contains("→ reason 2"), "\(plans)")
        #expect(plans.contains("last requests, of the hour before") && plans.contains("web cpu up to 4.0 cores granted"), "\(plans)")
        let cgroup = lines([.escape, .down, .enter])
        #expect(cgroup.contains("what was forecast at \(made) for the peak"), "\(cgroup)")
        #expect(cgroup.contains("from the left: 1m p50, p95; 5m p95"), "\(cgroup)")
        #expect(cgroup.contains("histograms and finer figures are not kept"), "\(cgroup)")
        try model.show(at: Self.start + 10 * Self.second)
        #expect(lines([.escape]).contains("no P95 of then"))
        #expect(lines([.character("P")]).contains("its reasons are not kept"))
    }

    /// Imported minutes before the windows, beside them, and after: each is stood at once, and a minute with windows in it by these alone.
    @Test func minutesStandWhereThereAreNoWindows() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let minute = 60 * Self.second
        let first = Self.start / minute * minute
        var options = ImportOptions(
            directory: directory, keepNanoseconds: 86_400_000_000_000, byteLimit: 1 << 30, now: first + 3600 * Self.second, source: "test",
            version: "test")
        options.hostname = "other"
        let history = HistoryImport(options)
        for (place, path) in ["/", "/web"].enumerated() {
            let cgroup = try history.cgroup(path)
            for index in -5..<10 {
                let begin = Int64(first) + Int64(index) * Int64(minute)
                try history.add(cgroup, .cpu, Double(index + 6), peak: 20, from: begin, to: begin + Int64(minute))
                if place == 0 { continue }
                try history.add(cgroup, .memory, 4096, from: begin, to: begin + Int64(minute))
            }
        }
        var summary = ImportSummary()
        try history.finish(&summary)
        let source = DiskSource(directory: directory)
        let latest = try source.latest()
        #expect(latest.time == first + 10 * minute && latest.rows.map(\.name.path) == ["/", "/web"])
        #expect(latest.rows[1].figures[.cpu] == 15 && latest.rows[1].figures[.memory] == 4096 && latest.rows[1].peakCores == 20)
        #expect(latest.rows[1].figures[.delay].isNaN, "that is not known")
        #expect(latest.details.history(.cpu, of: latest.rows[1].id).suffix(3) == [13, 14, 15])
        var back: [UInt64] = []
        var time = latest.time
        while let moment = try source.moment(atOrBefore: time - 1) {
            time = moment.time
            back.append(time)
        }
        let windows = (1...140).map { Self.start + $0 * Self.second }
        // Minutes that no window is in.
        let alone = (-4...10).map { UInt64(Int64(first) + Int64($0) * Int64(minute)) }.filter { end in
            !windows.contains { $0 > end - minute && $0 <= end }
        }
        #expect(back.reversed() + [latest.time] == (windows + alone).sorted())
        var forth = [time]
        while let moment = try source.moment(after: time) {
            time = moment.time
            forth.append(time)
        }
        #expect(forth == (windows + alone).sorted())
    }

    /// A file of the root's windows, which end at these times and used as many milliseconds as their place among them.
    private static func write(_ ends: [UInt64], interval: UInt64 = second, to directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var header = HistoryHeader()
        header.intervalNanoseconds = interval
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        HistoryNames.encode(header, to: &builder)
        var encoder = FineEncoder()
        let plan = HistoryPlan(pool: "node", resource: .cpu, fraction: 0.95, leadNanoseconds: 300)
        for (place, end) in ends.enumerated() {
            var batch = HistoryBatch()
            batch.timeNanoseconds = end
            batch.durationNanoseconds = 1
            var window = Window()
            window.end_ns = end
            window.start_ns = end - 1
            window.cpu_ns = UInt64(place) * 1_000_000
            batch.rows = [HistoryBatch.Row(number: 0, window: window)]
            batch.plans = [HistoryBatch.PlanRow(number: 0, figures: HistoryPlanFigures(demand: 1), line: [])]
            let root = HistoryCgroup(cgroupID: 1, path: "/", application: nil, isLeaf: false)
            encoder.encode(batch, cgroups: [root], plans: [plan], to: &builder)
        }
        let name = HistoryFile.name(.fine, Int64(min(ends[0] / 1_000_000, 1_000_000)))
        try Data(builder.bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    /// The second file begins before the first and reaches beyond it.
    @Test func afterTheClockWasSetBackEveryMomentCanBeStoodAt() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-disk-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.write((50...100).map { $0 * Self.second }, to: directory)
        try Self.write((20...150).map { $0 * Self.second + 500_000_000 }, to: directory)
        // As the next start does: closed files say what they have.
        #expect(try HistoryStore(directory: directory, keepMilliseconds: .max / 2, byteLimit: .max).adopt() == 0)
        let source = DiskSource(directory: directory)
        let truth = ((50...100).map { $0 * Self.second } + (20...150).map { $0 * Self.second + 500_000_000 }).sorted()
        var back = [try source.latest().time]
        while let moment = try source.moment(atOrBefore: back[back.count - 1] - 1) { back.append(moment.time) }
        #expect(back.reversed() == truth)
        var forth = [back[back.count - 1]]
        while let moment = try source.moment(after: forth[forth.count - 1]) { forth.append(moment.time) }
        #expect(forth == truth)
        for time in truth { #expect(try source.plans(at: time).map(\.figures.time_ns) == [time]) }
    }

    /// There are hundreds of them: no key would be answered while all are read.
    @Test func plansOfAMomentThatIsNotOnDiskAreNotLookedForInOlderFiles() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(try HistoryStore(directory: directory, keepMilliseconds: .max / 2, byteLimit: .max).adopt() == 0)
        let source = DiskSource(directory: directory)
        try source.hold()
        let oldest = try #require(try HistoryFile.all(in: directory).first { $0.tier == .fine })
        let path = directory + "/" + oldest.name
        try FileManager.default.removeItem(atPath: path)
        // Opening it is an ELOOP, which is told.
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
        #expect(throws: AgentError.self) { try source.plans(at: Self.start + 60 * Self.second) }
        #expect(try source.plans(at: Self.start + 200 * Self.second).isEmpty)
        #expect(try source.plans(at: Self.start + 140 * Self.second).count == 1)
    }

    /// Whatever times and intervals a file says, with checksums that are right.
    @Test(arguments: [(1 << 62) - 1, 1 << 62, .max - 5, .max] as [UInt64], [1, 1 << 54, 1 << 62, .max] as [UInt64])
    func timesAtTheEndOfTimeEndNothing(time: UInt64, interval: UInt64) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-disk-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.write([time], interval: interval, to: directory)
        let source = DiskSource(directory: directory)
        try source.hold()
        let isTaken = time < 1 << 62 && interval < 1 << 55
        for asked in [0, time - 1, time, .max] {
            #expect(try source.moment(atOrBefore: asked)?.time == (isTaken && asked >= time ? time : nil))
            #expect(try source.moment(after: asked)?.time == (isTaken && asked < time ? time : nil))
            _ = try source.plans(at: asked)
        }
        #expect(try source.plans(at: time).count == (isTaken ? 1 : 0))
        if isTaken {
            let model = TopModel(source: source, hostName: "here")
            try model.show(at: .max)
            #expect((0..<30).contains { model.frame(columns: 100, rows: 30).text(row: $0).contains("CGROUP") })
        }
    }

    /// Of the same time, an agent's ending some milliseconds later: stepping forward goes on from them.
    @Test func aRecordedAndAnImportedMinuteAreOneMoment() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-disk-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let minute = 60 * Self.second
        let first = Self.start / minute * minute
        let options = ImportOptions(
            directory: directory, keepNanoseconds: 86_400_000_000_000, byteLimit: 1 << 30, now: first + 60 * minute, source: "test",
            version: "test")
        let history = HistoryImport(options)
        let web = try history.cgroup("/web")
        for index in 0..<3 as Range<Int64> {
            let begin = Int64(first) + index * Int64(minute)
            try history.add(web, .cpu, 1, from: begin, to: begin + Int64(minute))
        }
        var summary = ImportSummary()
        try history.finish(&summary)
        var header = HistoryHeader()
        header.intervalNanoseconds = Self.second
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        HistoryNames.encode(header, to: &builder)
        var rows = MinuteRows()
        for index in 1...2 as ClosedRange<UInt64> {
            rows.add(0, HistoryCgroup(cgroupID: 1, path: "/", application: nil, isLeaf: false), HistoryMinute(), to: &builder)
            rows.end(timeNanoseconds: first + index * minute + 200_000_000, nanoseconds: minute, to: &builder)
        }
        let name = HistoryFile.name(.coarse, Int64(first / 1_000_000))
        try Data(builder.bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
        let source = DiskSource(directory: directory)
        var forth: [UInt64] = []
        while let moment = try source.moment(after: forth.last ?? 0), forth.count < 10 {
            forth.append(moment.time)
            #expect(moment.rows.map(\.name.path) == (forth.count < 3 ? ["/", "/web"] : ["/web"]))
        }
        #expect(forth == (1...3).map { first + $0 * minute })
    }

    /// Nobody measured for two hours, within the six that a file is about.
    @Test func aGapInTheLastFileOfMinutesIsSteppedOver() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-disk-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let minute = 60 * Self.second
        let first = Self.start / (360 * minute) * (360 * minute)
        let options = ImportOptions(
            directory: directory, keepNanoseconds: 86_400_000_000_000, byteLimit: 1 << 30, now: first + 400 * minute, source: "test",
            version: "test")
        let history = HistoryImport(options)
        let web = try history.cgroup("/web")
        let ends = [1, 2, 150, 151].map { first + $0 * minute }
        for end in ends { try history.add(web, .cpu, 1, from: Int64(end - minute), to: Int64(end)) }
        var summary = ImportSummary()
        try history.finish(&summary)
        let source = DiskSource(directory: directory)
        var forth: [UInt64] = []
        while let moment = try source.moment(after: forth.last ?? 0), forth.count < 10 { forth.append(moment.time) }
        #expect(forth == ends)
        var back = [try source.latest().time]
        while let moment = try source.moment(atOrBefore: back[back.count - 1] - 1) { back.append(moment.time) }
        #expect(back.reversed() == ends)
    }

    @Test func withoutAHistoryThereIsThePresentAlone() throws {
        #expect(throws: AgentError.self) { try DiskSource(directory: "/nowhere").latest() }
    }
}
