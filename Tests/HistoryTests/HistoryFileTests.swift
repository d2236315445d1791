import Aggregates
import Foundation
import Glibc
import HeadroomABI
import Testing

@testable import History

/// What is written is read, whatever happens to the files.
@Suite struct HistoryFileTests {
    @Test(arguments: [1, 2, 3] as [UInt64]) func everyWindowIsReadAsItWas(seed: UInt64) throws {
        let run = try HistoryRun(seed: seed)
        run.tick(150, areLast: true)
        // Also while it is being written.
        #expect(try run.read().told == run.told)
        run.finish()
        let read = try run.read()
        #expect(read.told == run.told)
        #expect(read.scan.damaged.isEmpty)
        #expect(read.plans.count == run.plans.count)
        for (found, was) in zip(read.plans, run.plans) {
            #expect((found.forecast == nil) == (was.forecast == nil))
            for (one, other) in [(found.demand, was.demand), (found.target, was.target), (found.forecast ?? 0, was.forecast ?? 0)] {
                #expect((one - other).magnitude <= other / 4000)
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: run.history)
        #expect(names.count == 2 && names.allSatisfy { $0.hasSuffix(".hrh.gz") }, "\(names)")
    }

    @Test func filesAreClosedAtTheirSizeAndReadInOrder() throws {
        let run = try HistoryRun(seed: 4) { $0.fileBytes = 4096 }
        run.tick(400)
        let files = try HistoryFile.all(in: run.history)
        #expect(files.count { $0.tier == .fine } > 5)
        #expect(files.count { !$0.isClosed } == 2)
        #expect(try run.read().told == run.told)
        let from = run.told[1000].end
        let to = run.told[1500].end
        #expect(try run.read(from...to).told.filter { $0.cpu > 0 } == run.told.filter { (from...to).contains($0.end) && $0.cpu > 0 })
    }

    @Test func theOldestWindowsMakeRoomAndMinutesStay() throws {
        let run = try HistoryRun(seed: 5) {
            $0.fileBytes = 8192
            $0.byteLimit = 60_000
        }
        run.tick(1500)
        let files = try HistoryFile.all(in: run.history)
        // One that is open may grow by its own size beyond.
        #expect(files.reduce(0) { $0 + $1.byteCount } < 60_000 + 2 * 8192)
        let read = try run.read()
        #expect(read.told == Array(run.told.suffix(read.told.count)) && read.told.count > 200 && read.told.count < run.told.count)
        var minutes = HistoryCollector()
        _ = try HistoryReader(directory: run.history).scan(.coarse, 0...UInt64.max, into: &minutes)
        #expect(Set(minutes.minutes.map(\.time)).count == 25)
    }

    @Test func whatIsOlderThanWantedGoes() throws {
        let run = try HistoryRun(seed: 6) {
            $0.fileBytes = 4096
            $0.keepNanoseconds = 300 * 1_000_000_000
        }
        run.tick(1200)
        let read = try run.read()
        let oldest = try #require(read.told.first).end
        let newest = try #require(run.told.last).end
        #expect(newest - oldest >= 300 * HistoryRun.interval && newest - oldest < 420 * HistoryRun.interval)
    }

    /// As a kill in the middle of a write leaves it.
    @Test func aFileThatEndsAnywhereIsReadUpToThere() throws {
        let run = try HistoryRun(seed: 7)
        run.tick(60)
        let file = try #require(try HistoryFile.all(in: run.history).first { $0.tier == .fine })
        let path = run.history + "/" + file.name
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var least = 0
        for cut in stride(from: 0, through: whole.count, by: 37) {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: path))
            let read = try run.read()
            #expect(read.told == Array(run.told.prefix(read.told.count)) && read.ticks >= least)
            #expect(read.scan.damaged.count <= 1)
            least = read.ticks
        }
        #expect(least >= 59)
        // The next start leaves the torn end out, and keeps all before it.
        try whole.prefix(whole.count - 3).write(to: URL(fileURLWithPath: path))
        let store = HistoryStore(directory: run.history, keepMilliseconds: .max / 2, byteLimit: .max)
        #expect(try store.adopt() > 0)
        let read = try run.read()
        #expect(read.ticks == 59 && read.scan.damaged.isEmpty && read.told == Array(run.told.prefix(read.told.count)))
    }

    @Test func damageNeverCrashesAndIsTold() throws {
        for isClosed in [false, true] {
            let run = try HistoryRun(seed: 8)
            run.tick(70)
            if isClosed { run.finish() }
            let file = try #require(try HistoryFile.all(in: run.history).first { $0.tier == .fine })
            let path = run.history + "/" + file.name
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for position in stride(from: 0, to: whole.count, by: 29) {
                var bytes = whole
                bytes[position] ^= 0x41
                try bytes.write(to: URL(fileURLWithPath: path))
                let read = try run.read()
                #expect(read.told == Array(run.told.prefix(read.told.count)), "byte \(position)")
                // A gzip's own header has bytes that mean nothing.
                if !isClosed { #expect(read.scan.damaged.count == 1, "byte \(position)") }
            }
        }
    }

    /// Of a closed file too what comes before the damage is read, but for a few KiB that zlib was about to give.
    @Test func damageInTheMiddleOfAClosedFileLeavesWhatComesBeforeIt() throws {
        let run = try HistoryRun(seed: 17)
        run.tick(600)
        run.finish()
        let file = try #require(try HistoryFile.all(in: run.history).first { $0.tier == .fine })
        let path = run.history + "/" + file.name
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(try Gzip.read(path, limit: 1 << 26).count < 1 << 18, "less than is read at once")
        for (place, least) in [(whole.count / 2, 180), (whole.count * 9 / 10, 420)] {
            var bytes = whole
            for offset in 0..<16 { bytes[place + offset] ^= 0x55 }
            try bytes.write(to: URL(fileURLWithPath: path))
            let read = try run.read()
            #expect(read.ticks >= least && read.ticks < 600, "\(read.ticks) before byte \(place) of \(whole.count)")
            #expect(read.told == Array(run.told.prefix(read.told.count)) && read.scan.damaged.count == 1)
        }
    }

    /// Frames whose checksum is right and whose contents are not.
    @Test func framesThatMakeNoSenseAreRefused() throws {
        let run = try HistoryRun(seed: 9)
        run.tick(1)
        let reader = try HistoryReader(directory: run.history)
        let file = try #require(reader.files.first { $0.tier == .fine })
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        HistoryNames.encode(
            {
                var header = HistoryHeader()
                header.intervalNanoseconds = 1
                return header
            }(), to: &builder)
        // A row of a number that nobody has.
        builder.frame(.window) { for value in [5_000_000_000, 1_000_000_000, 1, 7, 1, 3, 0] as [UInt64] { $0.append(value) } }
        try Data(builder.bytes).write(to: URL(fileURLWithPath: run.history + "/" + file.name))
        let read = try run.read()
        #expect(read.ticks == 0 && read.scan.damaged.count == 1)
        #expect(read.scan.damaged.first?.contains("makes no sense") == true, "\(read.scan.damaged)")
    }

    /// Numbers that nobody was named for cost their own row alone.
    @Test func rowsOfUnknownNumbersAreLeftOutAndCounted() throws {
        var batch = HistoryBatch()
        batch.timeNanoseconds = 5_000_000_000
        batch.durationNanoseconds = 1_000_000_000
        var window = Window()
        window.cpu_ns = 7
        batch.rows = [3, 0, 1].map { HistoryBatch.Row(number: $0, window: window) }
        let names: [HistoryCgroup?] = [HistoryCgroup(cgroupID: 1, path: "/", application: nil, isLeaf: false), nil]
        batch.plans = [HistoryBatch.PlanRow(number: 2, figures: HistoryPlanFigures(), line: [])]
        var builder = ByteBuilder()
        var encoder = FineEncoder()
        let isWhole = encoder.encode(batch, cgroups: names, plans: [], to: &builder)
        #expect(!isWhole)
        batch.rows = [HistoryBatch.Row(number: 0, window: window)]
        batch.plans = []
        let isNextWhole = encoder.encode(batch, cgroups: names, plans: [], to: &builder)
        #expect(isNextWhole)
        var (frames, kinds) = (FrameCursor(builder.bytes, from: 0), [FrameKind]())
        while let frame = frames.next() { kinds.append(frame.kind) }
        #expect(kinds == [.cgroup, .window, .window] && frames.damage == nil)
        var sums = MinuteSums()
        batch.plans = [HistoryBatch.PlanRow(number: 2, figures: HistoryPlanFigures(), line: [])]
        sums.add(batch)
        var coarse = (encoder: CoarseEncoder(), builder: ByteBuilder())
        coarse.encoder.encode(sums, cgroups: names, plans: [], forecasts: { _, _ in }, to: &coarse.builder)
        frames = FrameCursor(coarse.builder.bytes, from: 0)
        while let frame = frames.next() { #expect(frame.kind != .planMinute) }
    }

    /// Sums of times and intervals that a file says have room in an integer.
    @Test(arguments: [1 << 62, .max - 5, .max] as [UInt64]) func timesAtTheEndOfTimeAreRefused(time: UInt64) throws {
        func isTaken(_ kind: FrameKind, interval: UInt64 = 1, _ body: (inout ByteBuilder) -> Void) throws -> Bool {
            var builder = ByteBuilder()
            var header = HistoryHeader()
            header.intervalNanoseconds = interval
            HistoryNames.encode(header, to: &builder)
            builder.frame(kind, body)
            var decoder = HistoryDecoder(range: 0...UInt64.max, file: HistoryFile(.fine, 0, isClosed: false, byteCount: 0))
            var (frames, listener) = (FrameCursor(builder.bytes, from: 0), HistoryCollector())
            while let (kind, payload) = frames.next() {
                guard try decoder.take(kind, payload, &listener) else { return false }
            }
            return true
        }
        func numbers(_ values: [UInt64]) -> (inout ByteBuilder) -> Void {
            { frame in for value in values { frame.append(value) } }
        }
        for (end, isGood) in [(time, false), ((1 << 62) - 1, true)] {
            #expect(try isTaken(.window, numbers([end, 1, 0, 0])) == isGood)
            #expect(try isTaken(.minute, numbers([end, 1, 0])) == isGood)
            #expect(try isTaken(.agentMinute, numbers([end, 0, 0, 0, 0, 0])) == isGood)
            #expect(try isTaken(.line, numbers([end])) == isGood)
        }
        #expect(try !isTaken(.line, interval: time, numbers([1])))
        #expect(HistoryExtent(text: "headroom-extent 1 1 \(time)") == nil)
    }

    @Test func aMinuteIsWhatItsWindowsWere() throws {
        let run = try HistoryRun(seed: 10)
        run.tick(240, lines: [Array(#"{"type":"event"}"#.utf8)])
        run.finish()
        var read = HistoryCollector()
        _ = try HistoryReader(directory: run.history).scan(.coarse, 0...UInt64.max, into: &read)
        #expect(read.lines.count == 240)
        let second = try #require(Set(read.minutes.map(\.time)).sorted().dropFirst().first)
        for (cgroup, minute, time) in read.minutes where time == second {
            let windows = run.told.filter { $0.path == cgroup.path && $0.end <= second && $0.end > second - 60 * HistoryRun.interval }
            #expect(windows.count == 60)
            let cores = windows.map { Double($0.cpu) / 1e9 }
            #expect((minute.means[0] - cores.reduce(0, +) / 60).magnitude <= minute.means[0] / 2000)
            #expect((minute.peaks[0] - (cores.max() ?? 0)).magnitude <= minute.peaks[0] / 2000)
            #expect(minute.delayNanoseconds / 1000 == windows.reduce(0) { $0 + $1.delay } / 1000)
        }
        #expect(read.planMinutes.dropFirst().first?.seconds == 60)
    }

    @Test func aFolderThatCannotBeWrittenIsCountedAndTriedAgain() throws {
        let run = try HistoryRun(seed: 11)
        try FileManager.default.removeItem(atPath: run.history)
        try Data().write(to: URL(fileURLWithPath: run.history))
        run.tick(5)
        #expect(run.kept == [false, false, false, false, false])
        try FileManager.default.removeItem(atPath: run.history)
        try FileManager.default.createDirectory(atPath: run.history, withIntermediateDirectories: false)
        run.tick(20)
        #expect(run.kept.suffix(10).allSatisfy { $0 })
        #expect(try run.read().told.last == run.told.last)
    }

    /// The first tick that can be written again is late, and of the next minute: the one before begins the file.
    @Test(arguments: [false, true]) func theMinuteBeforeAFolderCanBeWrittenAgainIsKept(isBrokenLonger: Bool) throws {
        let start: UInt64 = 1_795_000_020_000_000_000
        let run = try HistoryRun(seed: 18, start: start)
        try FileManager.default.removeItem(atPath: run.history)
        try Data().write(to: URL(fileURLWithPath: run.history))
        func mend() throws {
            try FileManager.default.removeItem(atPath: run.history)
            try FileManager.default.createDirectory(atPath: run.history, withIntermediateDirectories: false)
        }
        run.tick(5)
        if !isBrokenLonger { try mend() }
        run.delay = { 55_200_000_000 }
        run.tick(1)
        if isBrokenLonger { try mend() }
        run.tick(70)
        run.finish()
        #expect(run.kept[5] == !isBrokenLonger && run.kept.suffix(50).allSatisfy { $0 })
        var read = HistoryCollector()
        let scan = try HistoryReader(directory: run.history).scan(.coarse, 0...UInt64.max, into: &read)
        #expect(scan.damaged.isEmpty)
        #expect((read.minuteEnds.first?.time == start + 5 * HistoryRun.interval) == !isBrokenLonger, "\(read.minuteEnds)")
        let rows = read.minutes.filter { $0.time == start + 5 * HistoryRun.interval }
        #expect(rows.map(\.cgroup.path) == (isBrokenLonger ? [] : ["/", "/app-1", "/app-2", "/app-3", "/app-4"]))
    }

    /// A file whose reading fails, as on a bad disk, is neither taken for empty nor removed.
    @Test func whatCannotBeReadStaysAndIsTold() throws {
        let run = try HistoryRun(seed: 14)
        run.tick(20)
        run.finish()
        // Reading a process' memory at 0 is an EIO.
        let bad = run.history + "/fine-1795000000007.hrh"
        #expect(unsafe symlink("/proc/self/mem", bad) == 0)
        let store = HistoryStore(directory: run.history, keepMilliseconds: .max / 2, byteLimit: .max)
        let error = #expect(throws: HistoryError.self) { try store.adopt() }
        #expect(error?.description == "read \(bad): Input/output error" && error?.code == EIO)
        let names = try FileManager.default.contentsOfDirectory(atPath: run.history)
        #expect(names.count == 3 && names.contains("fine-1795000000007.hrh") && !names.contains("fine-1795000000007.hrh.gz"))
        let read = try run.read()
        #expect(read.told == run.told, "the others are read")
        #expect(read.scan.damaged == ["\(bad): cannot be read to its end: read \(bad): Input/output error"] && read.scan.torn == 0)
    }

    @Test func aFileThatIsCutBetweenFramesIsToldWhereItWasClosed() throws {
        let run = try HistoryRun(seed: 15)
        run.tick(20)
        run.finish()
        let file = try #require(try HistoryFile.all(in: run.history).first { $0.tier == .fine })
        let path = URL(fileURLWithPath: run.history + "/" + file.name)
        // The gzip's length and checksum alone are gone: all frames are whole.
        try Data(contentsOf: path).dropLast(8).write(to: path)
        let read = try run.read()
        #expect(read.told == run.told && read.scan.damaged == ["\(path.path): its gzip ends too early"])
    }

    /// The second file begins before the first and reaches beyond it.
    @Test func afterTheClockWasSetBackARangeHasBoth() throws {
        let second: UInt64 = 1_000_000_000
        // That it is not yet over is told by when it was written.
        let start = UInt64(Date().timeIntervalSince1970) / 60 * 60 * second - 600 * second
        func moment(_ seconds: Int64) -> UInt64 { UInt64(Int64(start) + seconds * Int64(second)) }
        let run = try HistoryRun(seed: 16, start: start)
        run.tick(100)
        run.setClock(by: -150 * Int64(second))
        run.tick(200)
        func expectBoth() throws {
            for (from, to) in [(110, 140), (90, 105), (20, 30), (-5, 5), (-40, -10)] as [(Int64, Int64)] {
                let range = moment(from)...moment(to)
                let truth = run.told.filter { range.contains($0.end) && $0.cpu > 0 }
                let read = try run.read(range).told.filter { $0.cpu > 0 }
                let order: (HistoryRun.Told, HistoryRun.Told) -> Bool = { ($0.end, $0.path, $0.cpu) < ($1.end, $1.path, $1.cpu) }
                #expect(read.sorted(by: order) == truth.sorted(by: order) && !truth.isEmpty, "\(from) to \(to)")
            }
        }
        try expectBoth()
        run.finish()
        try expectBoth()
        // The first ended with 100, the second reaches 150.
        let store = HistoryStore(directory: run.history, keepMilliseconds: 0, byteLimit: .max)
        _ = try store.trim(now: Int64(moment(110) / 1_000_000), open: [])
        let left = try HistoryFile.all(in: run.history).filter { $0.tier == .fine }
        #expect(left.map(\.startNanoseconds) == [moment(-49)])
    }

    @Test func anEmptyPlaceIsNoHistory() throws {
        let error = #expect(throws: HistoryError.self) { try HistoryReader(directory: "/nowhere/history") }
        #expect(error?.description.contains("there is no history") == true)
    }

    /// What closed files say of themselves, against what is read of them.
    @Test func filesSayHowMuchTheyHave() throws {
        let run = try HistoryRun(seed: 12) { $0.fileBytes = 4096 }
        run.tick(400)
        let reader = try HistoryReader(directory: run.history)
        let middle = run.told[700].end...run.told[1400].end
        for tier in HistoryTier.allCases {
            for range in [0...UInt64.max, middle, 5...6] {
                var truth = HistoryExtent()
                _ = try reader.scan(tier, range, into: &truth)
                let (extent, scan) = try reader.extent(tier, range)
                #expect(extent == truth, "\(tier) \(range)")
                if range.upperBound == .max { #expect(scan.files == 1, "the open one alone is read") }
            }
        }
        #expect(try reader.extent(.fine, 0...UInt64.max).extent.count == 400)
        // Files of earlier builds do not say it: they are read.
        for file in reader.files where file.isClosed {
            let path = run.history + "/" + file.name
            let bytes = try Gzip.read(path, limit: 1 << 24)
            try Gzip.write(bytes[...], to: path)
        }
        let (extent, scan) = try HistoryReader(directory: run.history).extent(.fine, 0...UInt64.max)
        #expect(extent.count == 400 && scan.files > 5)
    }

    /// `gzip -t` and `zcat` read what is written, comment or not.
    @Test func otherProgramsReadTheFiles() throws {
        let run = try HistoryRun(seed: 13)
        run.tick(50)
        let file = try #require(try HistoryFile.all(in: run.history).first { $0.tier == .fine })
        let whole = try Data(contentsOf: URL(fileURLWithPath: run.history + "/" + file.name))
        run.finish()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["zcat", run.history + "/" + file.name + ".gz"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        #expect(output.fileHandleForReading.readDataToEndOfFile() == whole)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(arguments: ["", "headroom-extent 0 1 2", "headroom-extent 3 9 2", "headroom-extent 3 1", "other 3 1 2", "headroom-extent x 1 2"])
    func otherCommentsSayNothing(text: String) { #expect(HistoryExtent(text: text) == nil) }
}
