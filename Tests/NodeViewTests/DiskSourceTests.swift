import Agent
import Aggregates
import Foundation
import HeadroomABI
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
                batch.plans = [HistoryBatch.PlanRow(number: 0, figures: HistoryPlanFigures(demand: 1, forecast: 2, target: 3, ready: 3), allocatable: nil, coverage: nil, line: [])]
                encoder.encode(batch, cgroups: names, plans: [plan], to: &builder)
            }
            let name = HistoryFile.name(.fine, Int64((start + (file * 70 + 1) * second) / 1_000_000))
            try Data(builder.bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        return directory
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

    /// Imported minutes before the windows, beside them, and after: each is stood at once, and a minute with windows in it by these alone.
    @Test func minutesStandWhereThereAreNoWindows() throws {
        let directory = try Self.history()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let minute = 60 * Self.second
        let first = Self.start / minute * minute
        var options = ImportOptions(
            directory: directory, keepNanoseconds: 86_400_000_000_000, byteLimit: 1 << 30, now: first + 3600 * Self.second, source: "test", version: "test")
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

    @Test func withoutAHistoryThereIsThePresentAlone() throws {
        #expect(throws: AgentError.self) { try DiskSource(directory: "/nowhere").latest() }
    }
}
