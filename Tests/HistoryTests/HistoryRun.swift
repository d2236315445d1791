import Aggregates
import Foundation
import HeadroomABI
import Logging
import TestSupport

@testable import Agent
@testable import History

/// Batches as an agent's ticks make them, through the archive into files of a directory of its own.
final class HistoryRun {
    struct Told: Equatable {
        var path: String
        var end: UInt64
        var cpu: UInt64
        var memory: UInt64
        var read: UInt64
        var delay: UInt64
        var coverage: Float
        var isFinal: Bool
    }

    let directory: String
    private(set) var told: [Told] = []
    private(set) var plans: [HistoryPlanFigures] = []
    private(set) var kept: [Bool] = []
    private let archive: HistoryArchive
    // The reader is over its memory.
    private let table: TableFile
    private var generator: SeededGenerator
    private var memory: [Int: UInt64] = [:]
    private var time: UInt64
    private var clock = MinuteClock(interval: interval)
    private var lastEnd: UInt64
    /// How much later, or earlier, than its time each tick ends, nanoseconds.
    var delay: () -> Int64 = { 0 }

    static let interval: UInt64 = 1_000_000_000

    init(seed: UInt64, start: UInt64 = 1_795_000_000_000_000_000, _ change: (inout HistoryOptions) -> Void = { _ in }) throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("headroom-history-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        table = try TableFile(directory: RuntimeDirectory(path: directory + "/run"), slots: 64)
        var options = HistoryOptions(directory: directory + "/history", version: "test")
        change(&options)
        var header = HistoryHeader()
        header.hostname = "node-7"
        header.version = "test"
        header.intervalNanoseconds = Self.interval
        archive = HistoryArchive(
            options, header: header, table: try table.reader(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        archive.begin()
        generator = SeededGenerator(seed: seed)
        time = start
        lastEnd = start
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var history: String { directory + "/history" }

    /// The clock is set back, or forth.
    func setClock(by nanoseconds: Int64) {
        time = UInt64(Int64(time) + nanoseconds)
        lastEnd = time
    }

    /// So many ticks of `cgroups`, which do something half of the time.
    func tick(_ count: Int, cgroups: Int = 5, areLast: Bool = false, lines: [[UInt8]] = []) {
        for tick in 0..<count {
            time += Self.interval
            // Ticks do not overtake each other.
            let end = max(lastEnd + 1000, UInt64(Int64(time) + delay()))
            let start = lastEnd
            lastEnd = end
            var batch = HistoryBatch()
            batch.timeNanoseconds = end
            batch.durationNanoseconds = end - start
            batch.lines = lines
            for number in 0..<cgroups {
                let path = number == 0 ? "/" : "/app-\(number)"
                if memory[number] == nil {
                    batch.cgroups.append(
                        (number, number, HistoryCgroup(cgroupID: UInt64(100 + number), path: path, application: nil, isLeaf: number > 0)))
                    memory[number] = 0
                }
                var window = Window()
                window.end_ns = end
                window.start_ns = start
                window.coverage = Bool.random(using: &generator) ? 1 : 0.5
                if Bool.random(using: &generator) {
                    window.cpu_ns = UInt64.random(in: 0...4_000_000_000, using: &generator)
                    window.delay_ns = UInt64.random(in: 0...1_000_000, using: &generator)
                    window.disk_read_bytes = UInt64.random(in: 0...(1 << 50), using: &generator)
                    memory[number] = UInt64.random(in: 0...(1 << 40), using: &generator)
                } else {
                    window.coverage = 1
                }
                window.memory_bytes = memory[number] ?? 0
                if areLast, tick == count - 1, number > 0 { window.is_final = 1 }
                batch.rows.append(HistoryBatch.Row(number: number, window: window))
                told.append(
                    Told(
                        path: path, end: end, cpu: window.cpu_ns, memory: window.memory_bytes,
                        read: window.disk_read_bytes, delay: window.delay_ns, coverage: Float(window.coverage),
                        isFinal: window.is_final != 0))
            }
            if plans.isEmpty {
                batch.newPlans = [HistoryPlan(pool: "node", resource: .cpu, fraction: 0.95, leadNanoseconds: 300_000_000_000)]
            }
            var figures = HistoryPlanFigures()
            figures.demand = Double.random(in: 0...64, using: &generator)
            figures.forecast = Bool.random(using: &generator) ? nil : figures.demand * 1.5
            figures.target = figures.demand.rounded(.up)
            figures.ready = figures.target
            plans.append(figures)
            batch.plans = [HistoryBatch.PlanRow(number: 0, figures: figures, allocatable: 64, coverage: nil, line: [])]
            let turn = clock.take(end)
            batch.startsMinute = turn.isOver
            batch.endsMinute = turn.isLast
            kept.append(archive.take(batch))
        }
    }

    func finish() { archive.end() }

    /// What a reader is told of it: rows that are left out are filled in.
    func read(_ range: ClosedRange<UInt64> = 0...UInt64.max) throws -> HistoryCollector {
        var collector = HistoryCollector()
        collector.scan = try HistoryReader(directory: history).scan(.fine, range, into: &collector)
        return collector
    }
}

/// Everything a scan tells.
struct HistoryCollector: HistoryVisitor {
    var scan = HistoryReader.Scan()
    var told: [HistoryRun.Told] = []
    var plans: [HistoryPlanFigures] = []
    var ticks = 0
    var minutes: [(cgroup: HistoryCgroup, minute: HistoryMinute, time: UInt64)] = []
    var planMinutes: [HistoryPlanMinute] = []
    var minuteEnds: [(time: UInt64, duration: UInt64)] = []
    var lines: [String] = []
    private var known: [String: UInt64] = [:]
    private var pending: [String: HistoryRun.Told] = [:]

    mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) {
        if file.tier == .fine { known = [:] }
    }

    mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) {
        known[cgroup.path] = window.memory_bytes
        pending[cgroup.path] = HistoryRun.Told(
            path: cgroup.path, end: window.end_ns, cpu: window.cpu_ns, memory: window.memory_bytes,
            read: window.disk_read_bytes, delay: window.delay_ns, coverage: Float(window.coverage),
            isFinal: window.is_final != 0)
    }

    mutating func plan(_ plan: HistoryPlan, _ figures: HistoryPlanFigures, timeNanoseconds: UInt64) { plans.append(figures) }

    mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        ticks += 1
        for (path, memory) in known.sorted(by: { $0.key < $1.key }) {
            told.append(
                pending[path]
                    ?? HistoryRun.Told(
                        path: path, end: timeNanoseconds, cpu: 0, memory: memory, read: 0, delay: 0, coverage: 1, isFinal: false))
            if pending[path]?.isFinal == true { known[path] = nil }
        }
        pending = [:]
    }

    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        minutes.append((cgroup, minute, timeNanoseconds))
    }

    mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        minuteEnds.append((timeNanoseconds, durationNanoseconds))
    }

    mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) { planMinutes.append(minute) }

    mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) { lines.append(String(decoding: text, as: UTF8.self)) }
}
