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

    @Test(arguments: ["", "h", "-5m", "25:00", "12:60", "2026-13-01", "2026-02-30", "2026-11-28T", "tomorrow", "1:30", "12", "99999999999999"])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(HistoryTime.parse(text, now: 1_795_831_200_000_000_000) == nil)
    }

    @Test(arguments: ["fine-12.hrh", "coarse-1795831200000.hrh.gz"]) func namesOfFiles(name: String) throws {
        let file = try #require(HistoryFile(name: name, byteCount: 1))
        #expect(file.name == name)
    }

    @Test(arguments: ["fine-.hrh", "fine-12.hrh.partial", "other-12.hrh", "fine--1.hrh", "fine-12", "fine-1e3.hrh", "fine-99999999999999999999.hrh"])
    func otherFilesAreNone(name: String) { #expect(HistoryFile(name: name, byteCount: 1) == nil) }
}
