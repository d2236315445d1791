import Aggregates
import Foundation
import Glibc
import HeadroomABI
import Logging
import Testing

@testable import Agent
@testable import History

/// A disk that stands still for longer than ticks may wait: what was left out costs its own windows and nothing else.
@Suite struct StalledDiskTests {
    private static let second: UInt64 = 1_000_000_000
    /// A whole minute.
    private static let start = 1_795_000_020 * second
    /// Ticks are numbered by their seconds. The disk stands still from the first.
    private static let first = 25
    private static let firstLeftOut = first + 30

    /// A cgroup and the ticks that it is there in; the last is its end.
    private struct Life {
        let path: String
        let place: Int
        let generation: UInt64
        let ticks: ClosedRange<Int>
        var isIdle = false

        func cpu(_ tick: Int) -> UInt64 { isIdle ? 0 : generation * 1_000_000 + UInt64(tick) }
        var memory: UInt64 { generation << 20 }
    }

    /// Ends in the minute in which the disk stands still, births and another's number after it, all of them left out.
    private static let lives = [
        Life(path: "/", place: 0, generation: 1, ticks: 0...9999),
        Life(path: "/idle", place: 1, generation: 2, ticks: 0...9999, isIdle: true),
        Life(path: "/early", place: 2, generation: 3, ticks: 0...40),
        Life(path: "/victim", place: 3, generation: 4, ticks: 0...57),
        Life(path: "/idle-victim", place: 4, generation: 5, ticks: 0...58, isIdle: true),
        Life(path: "/brief", place: 5, generation: 6, ticks: 56...58),
        Life(path: "/heir", place: 3, generation: 7, ticks: 62...9999),
        Life(path: "/heir-of-brief", place: 5, generation: 8, ticks: 62...9999),
        Life(path: "/late", place: 6, generation: 9, ticks: 63...9999),
        Life(path: "/after", place: 4, generation: 10, ticks: 170...9999),
    ]
    private static let plans = [("node", 0), ("web", 61)].map { name, from in
        (plan: HistoryPlan(pool: name, resource: .cpu, fraction: 0.95, leadNanoseconds: 300), from: from)
    }

    /// Ticks as the agent's thread gathers them.
    private final class Node {
        let directory: String
        let gathering: HistoryGathering
        // The reader is over its memory.
        private let table: TableFile
        var history: String { directory + "/history" }
        private var pipe: String { history + "/fine-1.hrh" }

        init() throws {
            directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-stall-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: directory + "/history", withIntermediateDirectories: true)
            table = try TableFile(directory: RuntimeDirectory(path: directory + "/run"), slots: 64)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let options = HistoryOptions(directory: directory + "/history", version: "test")
            gathering = HistoryGathering(options, StalledDiskTests.second, logger)
            // What an earlier run left is read first of all, and a pipe is read when somebody writes.
            let made = unsafe mkfifo(pipe, 0o600)
            try #require(made == 0)
            gathering.writer = try HistoryWriter(
                options, header: gathering.header, table: try table.reader(), logger: logger)
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func tick(_ number: Int) {
            let end = StalledDiskTests.start + UInt64(number) * StalledDiskTests.second
            for life in StalledDiskTests.lives where life.ticks.contains(number) {
                var window = Window()
                window.end_ns = end
                window.start_ns = end - StalledDiskTests.second
                window.coverage = 1
                window.cpu_ns = life.cpu(number)
                window.memory_bytes = life.memory
                window.is_final = life.ticks.upperBound == number ? 1 : 0
                let subject = WindowSubject(
                    index: life.place, generation: life.generation, cgroupID: life.generation, path: life.path, identity: nil,
                    isRoot: life.path == "/", isLeaf: life.path != "/")
                gathering.note(subject, window, nil)
            }
            for (place, plan) in StalledDiskTests.plans.enumerated() where number >= plan.from {
                let figures = HistoryPlanFigures(demand: Double(place * 1000 + number), forecast: nil, target: 1, ready: 1)
                var row = HistoryBatch.PlanRow(number: gathering.number(of: plan.plan), figures: figures, line: [])
                if gathering.wantsReasons(at: end) { row.line = Array(#"{"type":"plan","pool":"\#(plan.plan.pool)"}"#.utf8) }
                gathering.batch.plans.append(row)
            }
            gathering.batch.lines.append(Array(#"{"type":"request","id":\#(number)}"#.utf8))
            gathering.endTick(SelfReport())
        }

        /// The disk goes on. Waits until what waited is written.
        func goOn(_ ticks: Int) throws {
            let descriptor = unsafe open(pipe, O_WRONLY)
            close(descriptor)
            let deadline = Date(timeIntervalSinceNow: 60)
            while Date() < deadline {
                usleep(10_000)
                if unsafe access(pipe, F_OK) != 0, (try? read(.fine))?.ticks == ticks { return }
            }
            Issue.record("what waited was not written within a minute")
        }

        func read(_ tier: HistoryTier) throws -> HistoryCollector {
            var collector = HistoryCollector()
            collector.scan = try HistoryReader(directory: history).scan(tier, 0...UInt64.max, into: &collector)
            return collector
        }
    }

    @Test(arguments: [40, 130]) func namesAndFiguresAreRightAfterIt(stall: Int) throws {
        let node = try Node()
        let ticks = Self.first..<Self.first + stall
        for tick in ticks { node.tick(tick) }
        #expect(node.gathering.writer?.lost == UInt64(stall - 30))
        try node.goOn(30)
        let later = ticks.upperBound..<ticks.upperBound + 29
        for tick in later { node.tick(tick) }
        node.gathering.writer?.end()
        #expect(node.gathering.writer?.lost == UInt64(stall - 30), "nothing after it")
        let kept = Array(Self.first..<Self.firstLeftOut) + Array(later)

        // Windows: all of the ticks that were kept, under their cgroups' own names.
        let read = try node.read(.fine)
        #expect(read.scan.damaged.isEmpty && read.ticks == kept.count)
        let truth = kept.flatMap { tick in
            Self.lives.filter { $0.ticks.contains(tick) }.sorted { $0.path < $1.path }.map { life in
                HistoryRun.Told(
                    path: life.path, end: Self.start + UInt64(tick) * Self.second, cpu: life.cpu(tick), memory: life.memory, read: 0,
                    delay: 0, coverage: 1, isFinal: life.ticks.upperBound == tick)
            }
        }
        #expect(read.told == truth)
        let demands = kept.flatMap { tick in
            Self.plans.enumerated().filter { tick >= $0.element.from }.map { Double($0.offset * 1000 + tick) }
        }
        #expect(read.plans.count == demands.count)
        for (one, demand) in zip(read.plans, demands) { #expect((one.demand - demand).magnitude <= demand / 4000) }

        // Minutes: of each cgroup the mean of the ticks that were kept.
        let minutes = try node.read(.coarse)
        #expect(minutes.scan.damaged.isEmpty)
        let numbers = Dictionary(grouping: kept) { ($0 * 2 - 1) / 120 }
        #expect(minutes.minuteEnds.map(\.time) == numbers.keys.sorted().map { Self.start + UInt64(numbers[$0]!.last!) * Self.second })
        for (number, ticks) in numbers {
            let end = Self.start + UInt64(ticks.last!) * Self.second
            let rows = minutes.minutes.filter { $0.time == end }
            let there = Self.lives.filter { life in ticks.contains { life.ticks.contains($0) } }
            #expect(rows.map(\.cgroup.path).sorted() == there.map(\.path).sorted(), "minute \(number)")
            for life in there {
                let own = ticks.filter { life.ticks.contains($0) }
                let mean = Double(own.reduce(0) { $0 + life.cpu($1) }) / Double(own.count) / 1e9
                let row = rows.first { $0.cgroup.path == life.path }
                #expect(((row?.minute.means[0] ?? .nan) - mean).magnitude <= mean / 2000, "\(life.path) in minute \(number)")
                #expect(row?.cgroup.cgroupID == life.generation)
            }
        }

        // Lines: all, those of ticks that were left out too, and the reasons of the minute that ended among them.
        let requests = minutes.lines.filter { $0.contains("request") }
        #expect(requests == (Self.first..<later.upperBound).map { #"{"type":"request","id":\#($0)}"# })
        #expect(minutes.lines.contains(#"{"type":"plan","pool":"node"}"#))
    }

    @Test func whatIsKeptOfTicksThatWereLeftOutIsBounded() {
        var refused = RefusedTicks()
        let name = { (path: String) in HistoryCgroup(cgroupID: 1, path: path, application: nil, isLeaf: true) }
        for tick in 0..<10_000 {
            var batch = HistoryBatch()
            batch.cgroups = [(number: tick % 7, slot: tick, cgroup: name("/\(tick)"))]
            batch.lines = [Array("\(tick)".utf8)]
            batch.endsMinute = tick % 60 == 59
            refused.add(batch)
        }
        var next = HistoryBatch()
        next.cgroups = [(number: 3, slot: 1, cgroup: name("/own"))]
        next.lines = [[0x31]]
        refused.hand(to: &next)
        #expect(next.lines.count == RefusedTicks.lineLimit + 1 && next.missing.lines == 10_000 - RefusedTicks.lineLimit)
        #expect(next.missing.ticks == 10_000 && next.startsMinute && !next.missing.hasLastWindow)
        var last: [Int: String] = [:]
        for (number, _, cgroup) in next.cgroups { last[number] = cgroup.path }
        #expect(next.cgroups.count == 8 && last[3] == "/own" && last[4] == "/9993" && last[0] == "/9996")
        var another = HistoryBatch()
        refused.hand(to: &another)
        #expect(another.cgroups.isEmpty && another.missing.ticks == 0, "told once")
    }
}
