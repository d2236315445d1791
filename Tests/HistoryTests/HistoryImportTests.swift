import Aggregates
import Foundation
import Glibc
import TestSupport
import Testing

@testable import History

/// What others measured, beside what an agent recorded.
@Suite struct HistoryImportTests {
    private static let second: Int64 = 1_000_000_000
    private static let minute: Int64 = 60 * second
    /// A whole minute, of a `HistoryRun` too.
    private static let start: Int64 = 1_795_000_020 * second
    private static let now = UInt64(start) + 3 * 86_400_000_000_000

    private static func options(_ directory: String, _ change: (inout ImportOptions) -> Void = { _ in }) -> ImportOptions {
        var options = ImportOptions(
            directory: directory, keepNanoseconds: 7 * 86_400 * second, byteLimit: 512 << 20, now: now, source: "test", version: "test")
        change(&options)
        return options
    }

    private static func directory() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("headroom-import-\(UUID().uuidString)").path
    }

    /// What a scan of minutes tells, in its order.
    private static func read(_ directory: String, _ range: ClosedRange<UInt64> = 0...UInt64.max) throws -> HistoryCollector {
        var collector = HistoryCollector()
        collector.scan = try HistoryReader(directory: directory).scan(.coarse, range, into: &collector)
        return collector
    }

    /// One cgroup's CPU, a minute each, `values` cores.
    @discardableResult private static func imported(
        _ values: [Double], of path: String = "/web", from: Int64 = start, into directory: String,
        _ change: (inout ImportOptions) -> Void = { _ in }
    ) throws -> ImportSummary {
        let history = HistoryImport(options(directory, change))
        let cgroup = try history.cgroup(path)
        for (index, value) in values.enumerated() {
            let begin = from + Int64(index) * minute
            try history.add(cgroup, .cpu, value, from: begin, to: begin + minute)
        }
        var summary = ImportSummary()
        try history.finish(&summary)
        return summary
    }

    private static func isNear(_ one: Double, _ other: Double) -> Bool { (one - other).magnitude <= other * 0.000_3 }

    @Test func minutesAreTheMeanAndTheHighestOfTheirSamples() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var generator = SeededGenerator(seed: 1)
        let history = HistoryImport(Self.options(directory))
        let cgroup = try history.cgroup("/web", application: "shop/Deployment/web")
        var truth: [Int64: [Double]] = [:]
        for second in 0..<1800 as Range<Int64> {
            let value = Double.random(in: 0...64, using: &generator)
            try history.add(cgroup, .cpu, value, from: Self.start + second * Self.second, to: Self.start + (second + 1) * Self.second)
            truth[second / 60, default: []].append(value)
        }
        var summary = ImportSummary()
        try history.finish(&summary)
        #expect(summary.written == 30 && summary.files == 1 && summary.cgroups == 1 && summary.left == 0)
        let read = try Self.read(directory)
        #expect(read.minutes.count == 30)
        for (index, row) in read.minutes.enumerated() {
            let values = try #require(truth[Int64(index)])
            #expect(row.time == UInt64(Self.start + Int64(index + 1) * Self.minute))
            #expect(Self.isNear(row.minute.means[0], values.reduce(0, +) / 60) && Self.isNear(row.minute.peaks[0], values.max() ?? 0))
            #expect(row.cgroup.isImported && row.cgroup.isLeaf && row.cgroup.application == "shop/Deployment/web")
        }
        #expect(read.lines.count == 1 && read.lines[0].contains(#""source":"test""#), "\(read.lines)")
    }

    @Test func longSamplesCoverAllTheirMinutesAndShortOnesOne() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let history = HistoryImport(Self.options(directory))
        let long = try history.cgroup("/long")
        try history.add(long, .memory, 5e9, from: Self.start, to: Self.start + 10 * Self.minute)
        let beside = try history.cgroup("/beside")
        // Ends 0.2 ms after the minute, as an agent's windows do.
        try history.add(beside, .cpu, 2, from: Self.start + Self.minute - Self.second + 200_000, to: Self.start + Self.minute + 200_000)
        var summary = ImportSummary()
        try history.finish(&summary)
        let read = try Self.read(directory)
        let ends = (1...10).map { UInt64(Self.start + $0 * Self.minute) }
        #expect(read.minutes.filter { $0.cgroup.path == "/long" }.map(\.time) == ends)
        #expect(read.minutes.filter { $0.cgroup.path == "/beside" }.map(\.time) == [ends[0]])
    }

    @Test func samplesMayComeInAnyOrderAndResourcesApart() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let history = HistoryImport(Self.options(directory))
        let numbers = try ["/", "/a", "/a/b"].map { try history.cgroup($0) }
        for resource in [Resource.memory, .cpu] {
            for index in (0..<200 as Range<Int64>).shuffled() {
                for number in numbers {
                    let begin = Self.start + index * Self.minute
                    try history.add(number, resource, Double(index * 10 + Int64(number)) + 1, from: begin, to: begin + Self.minute)
                }
            }
        }
        // Again, and other than before.
        try history.add(numbers[1], .cpu, 9e9, from: Self.start, to: Self.start + Self.minute)
        var summary = ImportSummary()
        try history.finish(&summary)
        #expect(summary.written == 600 && summary.repeated == 1)
        let read = try Self.read(directory)
        #expect(read.minutes.map(\.time) == read.minutes.map(\.time).sorted())
        for (place, row) in read.minutes.enumerated() {
            let truth = Double(place / 3 * 10 + place % 3) + 1
            #expect(row.cgroup.path == ["/", "/a", "/a/b"][place % 3] && row.cgroup.isLeaf == (place % 3 == 2))
            #expect(Self.isNear(row.minute.means[0], truth) && Self.isNear(row.minute.means[1], truth))
        }
    }

    @Test func recordedMinutesStayAndImportedOnesComeBetween() throws {
        let run = try HistoryRun(seed: 5)
        run.tick(600)
        run.finish()
        let recorded = try Self.read(run.history)
        let ends = Set(recorded.minutes.map(\.time))
        let first = Int64(recorded.minutes[0].time) / Self.minute * Self.minute
        // An hour before, all of it, and beyond; of a cgroup that was recorded, and of one that was not.
        let values = (0..<90).map { Double($0) + 1 }
        let own = try Self.imported(values, of: "/app-1", from: first - 60 * Self.minute, into: run.history)
        #expect(own.present == ends.count && own.written == 90 - ends.count, "\(own) \(ends.count)")
        let other = try Self.imported(values, of: "/other", from: first - 60 * Self.minute, into: run.history)
        #expect(other.written == 90 && other.present == 0)
        let both = try Self.read(run.history)
        #expect(both.scan.damaged.isEmpty)
        let kept = both.minutes.filter { !$0.cgroup.isImported }
        #expect(kept.count == recorded.minutes.count)
        for (one, before) in zip(kept, recorded.minutes) {
            #expect(one.cgroup == before.cgroup && one.time == before.time)
            for index in 0..<6 { #expect(one.minute.means[index] == before.minute.means[index]) }
        }
        let times = both.minutes.map(\.time)
        #expect(times == times.sorted(), "in the order of time, whichever file they are in")
        #expect(both.planMinutes == recorded.planMinutes)
        #expect(both.minutes.filter { $0.cgroup.path == "/other" }.count == 90)
        #expect(try Self.imported(values, of: "/other", from: first - 60 * Self.minute, into: run.history).present == 90, "once is enough")
        // A part of the time has both too.
        let range = UInt64(first - 5 * Self.minute)...UInt64(first + 5 * Self.minute)
        let part = try Self.read(run.history, range)
        #expect(
            part.minutes.count == both.minutes.filter { range.contains($0.time) }.count && part.minutes.contains { $0.cgroup.isImported })
    }

    /// Of the same minute an agent tells one thing and an import another.
    @Test func demandIsTheMeanOfEachAndNotOfBothTimes() throws {
        let run = try HistoryRun(seed: 6)
        run.tick(300)
        run.finish()
        func steps() throws -> [String: [Int64: Double]] {
            final class Box { var steps: [String: [Int64: Double]] = [:] }
            let box = Box()
            let buckets = DemandBuckets(stepSeconds: 60, grouping: .cgroup, isWanted: { _ in true }) {
                box.steps[$0.name, default: [:]][$0.timeSeconds] = $0.values[0]
            }
            var demand = MinuteDemand(buckets, isPeak: false)
            _ = try HistoryReader(directory: run.history).scan(.coarse, 0...UInt64.max, into: &demand)
            demand.buckets.finish()
            return box.steps
        }
        let before = try steps()
        try Self.imported([3, 4, 5, 6], of: "/other", into: run.history)
        let after = try steps()
        for (name, values) in before { #expect(after[name] == values) }
        let base = Self.start / Self.second
        #expect(after["/other"]?.mapValues { $0.rounded() } == [base + 60: 3, base + 120: 4, base + 180: 5, base + 240: 6])
    }

    /// A trace of a whole application is not to stand beside its cgroups.
    @Test func anApplicationThatWasRecordedIsNotImportedBesideItself() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let pod = HistoryImport(Self.options(directory))
        let one = try pod.cgroup("/kubepods/pod1", application: "shop/Deployment/web")
        try pod.add(one, .cpu, 1, from: Self.start, to: Self.start + Self.minute)
        var summary = ImportSummary()
        try pod.finish(&summary)
        let trace = HistoryImport(Self.options(directory))
        let whole = try trace.cgroup("/web", application: "shop/Deployment/web", isWhole: true)
        try trace.add(whole, .cpu, 1, from: Self.start, to: Self.start + 2 * Self.minute)
        summary = ImportSummary()
        try trace.finish(&summary)
        #expect(summary.present == 1 && summary.written == 1)
    }

    @Test func whatIsTooOldOrNotOverStaysOut() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let last = Int64(Self.now) / Self.minute * Self.minute
        let summary = try Self.imported([Double](repeating: 1, count: 200), from: last - 150 * Self.minute, into: directory) {
            $0.keepNanoseconds = 100 * Self.minute
        }
        let ends = (1...200).map { last + (Int64($0) - 150) * Self.minute }
        let old = ends.filter { $0 < Int64(Self.now) - 100 * Self.minute }.count
        let new = ends.filter { $0 > Int64(Self.now) - 2 * Self.minute }.count
        #expect(summary.tooOld == old && summary.tooNew == new && summary.written == 200 - old - new && old > 40 && new > 50)
        #expect(try Self.read(directory).minutes.count == summary.written)
    }

    @Test func whereThereIsNoRoomTheNewestStay() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var generator = SeededGenerator(seed: 2)
        let values = (0..<4000).map { _ in Double.random(in: 0...64, using: &generator) }
        let summary = try Self.imported(values, into: directory) { $0.byteLimit = 48_000 }
        let read = try Self.read(directory)
        #expect(summary.withoutRoom > 500 && summary.written > 500 && summary.written + summary.withoutRoom == 4000, "\(summary)")
        #expect(read.minutes.count == summary.written)
        #expect(read.minutes.last?.time == UInt64(Self.start + 4000 * Self.minute))
        #expect(try HistoryReader(directory: directory).byteCount <= 24_000)
    }

    @Test func retentionIsOfImportsToo() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.imported([Double](repeating: 2, count: 3000), into: directory)
        let files = try HistoryFile.all(in: directory)
        #expect(files.count >= 9 && files.allSatisfy { $0.isImported && $0.isClosed && $0.tier == .coarse })
        let middle = Self.start + 1500 * Self.minute
        var store = HistoryStore(directory: directory, keepMilliseconds: 0, byteLimit: .max)
        _ = try store.trim(now: middle / 1_000_000, open: [])
        let left = try Self.read(directory)
        let first = try #require(left.minutes.first?.time)
        #expect(first <= UInt64(middle) + 60_000_000_000 && first > UInt64(middle) - 6 * 3_600_000_000_000)
        #expect(left.minutes.last?.time == UInt64(Self.start + 3000 * Self.minute))
        store = HistoryStore(directory: directory, keepMilliseconds: .max / 2, byteLimit: 1)
        #expect(try store.trim(now: middle / 1_000_000, open: []) > 0)
        #expect(try HistoryFile.all(in: directory).isEmpty)
    }

    /// What was killed between two files, or in one, is done again without what is there.
    @Test func anInterruptedImportIsDoneAgain() throws {
        let directory = Self.directory()
        let other = Self.directory()
        defer { for path in [directory, other] { try? FileManager.default.removeItem(atPath: path) } }
        let values = (0..<1000).map { Double($0 % 77) + 1 }
        try Self.imported(values, into: other)
        try Self.imported(values, into: directory)
        let files = try HistoryFile.all(in: directory)
        try FileManager.default.removeItem(atPath: directory + "/" + files[1].name)
        let torn = directory + "/" + files[1].name + ".partial"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: torn))
        let again = try Self.imported(values, into: directory)
        #expect(again.written > 0 && again.written + again.present == 1000 && again.files == 1)
        #expect(!FileManager.default.fileExists(atPath: torn))
        let (one, two) = (try Self.read(directory).minutes, try Self.read(other).minutes)
        #expect(one.map(\.time) == two.map(\.time) && one.map { $0.minute.means[0] } == two.map { $0.minute.means[0] })
    }

    @Test func ofImportsThereIsOneAtATime() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.imported([1], into: directory)
        let lock = unsafe open(directory + "/import.lock", O_RDWR)
        flock(lock, LOCK_EX)
        let error = #expect(throws: HistoryError.self) { try Self.imported([1, 2], into: directory) }
        #expect(error?.description.contains("another import") == true)
        close(lock)
        #expect(try Self.imported([1, 2], into: directory).written == 1)
    }

    @Test func aDryRunWritesNothing() throws {
        let directory = Self.directory()
        let summary = try Self.imported([1, 2, 3], into: directory) { $0.isDryRun = true }
        #expect(summary.written == 3 && summary.files == 0 && !FileManager.default.fileExists(atPath: directory))
    }

    @Test(arguments: [1, 7, 100, 5000]) func sortingInPartsIsSorting(_ part: Int) throws {
        var generator = SeededGenerator(seed: UInt64(part))
        var sorter = ImportSorter(partLimit: part)
        var all: [(key: UInt64, cgroup: UInt32, place: Float)] = []
        for place in 0..<2500 {
            let minute = UInt32.random(in: 29_900_000..<29_901_500, using: &generator)
            let cgroup = UInt32.random(in: 0..<3, using: &generator)
            let record = ImportRecord(
                key: ImportRecord.key(of: minute), cgroup: cgroup, known: 1, means: .init(repeating: Float(place)),
                peaks: .init(repeating: 0))
            all.append((record.key, cgroup, Float(place)))
            try sorter.add(record)
        }
        all.sort { ($0.key, $0.cgroup, $0.place) < ($1.key, $1.cgroup, $1.place) }
        for truth in all {
            let record = try #require(try sorter.next())
            #expect(record.key == truth.key && record.cgroup == truth.cgroup && record.means[0] == truth.place, "of equal ones the first")
        }
        #expect(try sorter.next() == nil)
    }

    @Test func damagedImportsNeverCrashAndAreTold() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.imported((0..<300).map { Double($0) }, of: "/a", into: directory)
        try Self.imported((0..<300).map { Double($0) }, of: "/b", into: directory)
        let whole = try Self.read(directory).minutes
        let file = directory + "/" + (try HistoryFile.all(in: directory))[0].name
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        for position in stride(from: 20, to: bytes.count, by: 37) {
            var damaged = bytes
            damaged[position] ^= 0x41
            try damaged.write(to: URL(fileURLWithPath: file))
            let read = try Self.read(directory)
            #expect(read.minutes.count <= whole.count && read.minutes.filter { $0.cgroup.path == "/b" }.count == 300, "byte \(position)")
        }
    }

    @Test func namesOfImportedFilesTellTheirBlock() throws {
        let file = try #require(HistoryFile(name: "import-1795831200003.hrh.gz", byteCount: 1))
        #expect(file.isImported && file.tier == .coarse && file.name == "import-1795831200003.hrh.gz")
        #expect(file.startNanoseconds == 1_795_831_200_000_000_000)
        // The block's last minute ends at a multiple of six hours.
        let last = try #require(file.lastNanoseconds)
        #expect(
            last % (6 * 3_600_000_000_000) == 0 && last >= file.startNanoseconds && last - file.startNanoseconds < 6 * 3_600_000_000_000)
    }
}
