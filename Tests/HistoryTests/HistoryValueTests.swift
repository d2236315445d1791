import Aggregates
import Foundation
import Glibc
import TestSupport
import Testing

@testable import History

@Suite struct HistoryValueTests {
    @Test func compactNumbersAreWithinAQuarterPerMille() {
        var generator = SeededGenerator(seed: 1)
        var last: UInt32 = 0
        for exponent in stride(from: -9.0, through: 18, by: 0.01) {
            let value = pow(10, exponent) * Double.random(in: 1..<1.02, using: &generator)
            let code = CompactNumber.code(value)
            #expect((CompactNumber.value(code) - value).magnitude <= value * 0.000_25)
            #expect(code >= last)
            last = code
        }
        #expect(CompactNumber.code(0) == 0 && CompactNumber.code(-1) == 0 && CompactNumber.code(.nan) == 0)
        #expect(CompactNumber.value(CompactNumber.code(.infinity)) == .infinity)
    }

    @Test func numbersOfEveryLengthComeBack() {
        var builder = ByteBuilder()
        let numbers = (0..<64).flatMap { [UInt64(1) << UInt64($0), (UInt64(1) << UInt64($0)) - 1] } + [.max]
        let signed = numbers.map { Int64(truncatingIfNeeded: $0) } + [.min, -1]
        for number in numbers { builder.append(number) }
        for number in signed { builder.append(signed: number) }
        builder.append("naïve")
        var cursor = ByteCursor(builder.bytes, 0..<builder.bytes.count)
        for number in numbers { #expect(cursor.number() == number) }
        for number in signed { #expect(cursor.signed() == number) }
        #expect(cursor.text() == "naïve" && cursor.isAtEnd && cursor.number() == nil)
        var tooLong = ByteCursor([UInt8](repeating: 0xFF, count: 11), 0..<11)
        #expect(tooLong.number() == nil)
    }

    /// In UTC, so that it holds everywhere.
    @Test(arguments: [
        ("now", 0), ("90s", -90), ("30m", -1800), ("6h", -21_600), ("7d", -604_800), ("0.5h", -1800),
        ("2026-11-28T01:00Z", -3600), ("2026-11-28 01:30:15Z", -1785), ("2026-11-28Z", -7200), ("01:00Z", -3600),
        ("03:00Z", -82_800), ("1795824000", -7200),
    ])
    func timesAsPeopleWriteThem(text: String, seconds: Int) {
        // 2026-11-28T02:00:00Z.
        let now: UInt64 = 1_795_831_200_000_000_000
        #expect(HistoryTime.parse(text, now: now) == UInt64(Int(now) + seconds * 1_000_000_000))
    }

    @Test(arguments: [
        "", "h", "-5m", "25:00", "12:60", "2026-13-01", "2026-02-30", "2026-11-28T", "tomorrow", "1:30", "12", "99999999", "99999999999999",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(HistoryTime.parse(text, now: 1_795_831_200_000_000_000) == nil)
    }

    @Test func unixSecondsBeginWhereItIsSaid() {
        let least = HistoryTime.expected.split(separator: " ").compactMap { UInt64($0) }
        #expect(least.count == 1 && HistoryTime.parse("\(least[0])", now: 0) == least[0] * 1_000_000_000)
        #expect(HistoryTime.parse("\(least[0] - 1)", now: 0) == nil)
    }

    @Test(arguments: ["fine-12.hrh", "coarse-1795831200000.hrh.gz"]) func namesOfFiles(name: String) throws {
        let file = try #require(HistoryFile(name: name, byteCount: 1))
        #expect(file.name == name)
    }

    @Test(arguments: [
        "fine-.hrh", "fine-12.hrh.partial", "other-12.hrh", "fine--1.hrh", "fine-12", "fine-1e3.hrh", "fine-99999999999999999999.hrh",
    ])
    func otherFilesAreNone(name: String) { #expect(HistoryFile(name: name, byteCount: 1) == nil) }

    /// As files of before the longest lead's forecasts were kept have them: byte for byte.
    @Test func minutesWithoutTheLongestLeadAreAsTheyWere() throws {
        var minute = HistoryMinute()
        minute.means[0] = 1
        minute.peaks[0] = 1
        minute.forecasts[0] = [2]
        var builder = ByteBuilder()
        var codes = MinuteCodes()
        codes.encode(minute, to: &builder)
        let old: [UInt8] = [65, 0, 0, 0x80, 0xE0, 0x1F, 0x80, 0xE0, 0x1F, 1, 0x80, 0x80, 0x20]
        #expect(builder.bytes == old)
        var cursor = ByteCursor(old, 0..<old.count)
        var decoder = MinuteCodes()
        let decoded = decoder.decode(&cursor)
        let read = try #require(decoded)
        #expect(cursor.isAtEnd && read.peaks[0] == 1 && read.forecasts[0] == [2] && read.longForecasts[0] == nil)
    }

    @Test func forecastsOverTheLongestLeadComeBack() throws {
        var generator = SeededGenerator(seed: 2)
        var encoder = MinuteCodes()
        var decoder = MinuteCodes()
        for _ in 0..<200 {
            var minute = HistoryMinute()
            for index in 0..<2 where Bool.random(using: &generator) {
                minute.longForecasts[index] = Double.random(in: 0...1e12, using: &generator)
            }
            if Bool.random(using: &generator) { minute.forecasts[5] = [1, 2, 3] }
            var builder = ByteBuilder()
            encoder.encode(minute, to: &builder)
            var cursor = ByteCursor(builder.bytes, 0..<builder.bytes.count)
            let decoded = decoder.decode(&cursor)
            let read = try #require(decoded)
            #expect(cursor.isAtEnd && read.forecasts[5].count == minute.forecasts[5].count)
            for index in 0..<2 {
                #expect((read.longForecasts[index] == nil) == (minute.longForecasts[index] == nil))
                let (found, was) = (read.longForecasts[index] ?? 0, minute.longForecasts[index] ?? 0)
                #expect((found - was).magnitude <= was / 4000)
            }
        }
    }

    @Test func whatAPlanIsMadeOnComesBack() throws {
        for ladder in [nil, HistoryPlanMinute.Ladder(horizonNanoseconds: 300, values: [1, nil, 2.5])] {
            var minute = HistoryPlanMinute()
            minute.seconds = 60
            minute.coverage = 0.5
            minute.ladder = ladder
            var builder = ByteBuilder()
            minute.encode(to: &builder)
            var cursor = ByteCursor(builder.bytes, 0..<builder.bytes.count)
            let read = HistoryPlanMinute(&cursor)
            #expect(read == minute && cursor.isAtEnd)
        }
    }

    /// What the longest lead's forecasts cost: 1000 cgroups over an hour, each moved by a tenth up or down in every third minute.
    @Test func forecastsOverTheLongestLeadAreCheap() throws {
        var generator = SeededGenerator(seed: 3)
        var levels = (0..<1000).map { _ in pow(10, Double.random(in: -2...1, using: &generator)) }
        var (with, without) = ([UInt8](), [UInt8]())
        var (encoders, plain) = (levels.map { _ in MinuteCodes() }, levels.map { _ in MinuteCodes() })
        for _ in 0..<60 {
            for index in levels.indices {
                if Int.random(in: 0..<3, using: &generator) == 0 { levels[index] *= Double.random(in: 0.9...1.1, using: &generator) }
                var minute = HistoryMinute()
                for resource in 0..<2 {
                    minute.means[resource] = levels[index] * Double.random(in: 0.7...0.9, using: &generator)
                    minute.peaks[resource] = levels[index] * Double.random(in: 0.9...1.1, using: &generator)
                    minute.forecasts[resource] = [0.9, 1.1, 1.2, 1.4].map { $0 * levels[index] }
                }
                var builder = ByteBuilder()
                plain[index].encode(minute, to: &builder)
                without += builder.bytes
                builder = ByteBuilder()
                for resource in 0..<2 { minute.longForecasts[resource] = 1.3 * levels[index] }
                encoders[index].encode(minute, to: &builder)
                with += builder.bytes
            }
        }
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-bytes-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let sizes = try [without, with].map { bytes in
            try Gzip.write(bytes[...], to: directory + "/bytes.gz")
            return try Data(contentsOf: URL(fileURLWithPath: directory + "/bytes.gz")).count
        }
        let (raw, packed) = (Double(with.count - without.count) / 60_000, Double(sizes[1] - sizes[0]) / 60_000)
        #expect(
            raw > 1 && raw < 4 && packed < 2,
            "\(raw) and \(packed) of \(without.count / 60_000) and \(sizes[0] / 60_000) bytes a cgroup and minute")
        print(
            "the longest lead's forecasts: \(raw) bytes a cgroup and minute on \(without.count / 60_000), \(packed) on \(sizes[0] / 60_000) compressed"
        )
    }
}
