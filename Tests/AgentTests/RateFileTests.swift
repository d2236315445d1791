import Forecast
import Foundation
import Logging
import Testing

@testable import Agent

@Suite struct RateFileTests {
    private static let second: Int64 = 1_000_000_000

    @Test func theFirstLineIsNowAndTheOthersAreExpected() throws {
        let rates = try RateFile.parse(
            "# requests a second\n\n  120.5 # at the balancer\r\n5m 300\n0s\t1e3\n7d 0\n")
        #expect(rates.rate == 120.5)
        #expect(rates.points.map(\.aheadNanoseconds) == [300, 0, 604_800].map { $0 * Self.second })
        #expect(rates.points.map(\.rate) == [300, 1_000, 0])
        #expect(rates.peak(within: 60 * Self.second) == 1_000)
        #expect(try RateFile.parse("0").peak(within: .max) == nil)
    }

    @Test(arguments: [
        ("", "line 1: there is no rate in it"), ("\n# 3\n", "line 3: there is no rate in it"),
        ("many", "line 1: \"many\" is no rate now; expected requests a second, such as 120"),
        ("-1", "line 1: \"-1\" is no rate now"), ("nan", "\"nan\" is no rate"), ("inf", "\"inf\" is no rate"),
        ("1e13", "\"1e13\" is no rate"), ("0x10", "\"0x10\" is no rate"), ("5m 300", "\"5m 300\" is no rate now"),
        ("1\n5m", "line 2: \"5m\" is no expected rate; expected a time from now to 7d"),
        ("1\n5 300", "\"5 300\" is no expected rate"), ("1\n8d 300", "\"8d 300\" is no expected rate"),
        ("1\n-5m 300", "\"-5m 300\" is no expected rate"), ("1\n5m 300 4", "\"5m 300 4\" is no expected rate"),
        ("1\n" + String(repeating: "5m 300\n", count: 65), "line 66: more than 64 expected rates"),
        ("1\n99999999999999999999s 1", "is no expected rate"),
    ])
    func whatIsNoRateFileIsRefused(text: String, told: String) {
        do throws(RateFile.Refusal) {
            _ = try RateFile.parse(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(told), "\(error)")
        }
    }

    @Test func aFileIsReadWhenItWasWrittenAndForgottenWhenItIsOld() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/web.rate"
        var reader = RateReader(RateFile(path: path, staleNanoseconds: 60 * Self.second))
        func read(_ second: Int64) -> ExpectedRates? { reader.read(now: second * Self.second) }
        let missing = read(0)
        #expect(missing == nil && reader.state == .missing)

        func write(_ text: String, at time: Int64) throws {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(time))], ofItemAtPath: path)
        }
        try write("100\n5m 400\n", at: 1_000)
        let first = try #require(read(1_030))
        #expect(first.rate == 100 && reader.state == .good)
        // Half a minute later it is half a minute nearer.
        #expect(first.points.map(\.aheadNanoseconds) == [270 * Self.second])
        #expect(read(1_061) == nil)
        #expect(reader.state == .stale(seconds: 61))

        // While it is written anew it is half there, and what was read before counts.
        try write("200\n", at: 1_070)
        #expect(read(1_071)?.rate == 200)
        try write("3 oo", at: 1_080)
        #expect(read(1_081)?.rate == 200 && reader.state == .good)
        #expect(read(1_140) == nil)
        guard case .unusable(let reason) = reader.state else {
            Issue.record("\(reader.state)")
            return
        }
        #expect(reason.contains("line 1: \"3 oo\" is no rate now"))
        // One from the near future was written now, one from far ahead when nobody knows.
        try write("300\n1m 500\n", at: 9_000)
        let ahead = read(1_150)
        #expect(ahead == nil && reader.state == .stale(seconds: -7_850))
        try write("300\n1m 500\n", at: 1_160)
        #expect(read(1_150)?.peak(within: 60 * Self.second) == 500)
    }

    /// A time of writing that no count of nanoseconds holds.
    @Test(arguments: [10_413_792_000, 100_000_000_000, -20_000_000_000])
    func aTimeOfWritingBeyondAllClocksIsToldAndNoMore(seconds: Int) throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(Array("100\n".utf8), to: "rate")
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        #expect(unsafe utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        // Some file systems hold no such time: there it is as old as they say.
        guard status.st_mtim.tv_sec == seconds else { return }
        var reader = RateReader(RateFile(path: path, staleNanoseconds: .max))
        let rates = reader.read(now: 1_800_000_000 * Self.second)
        #expect(rates == nil)
        guard case .unusable(let reason) = reader.state else {
            Issue.record("\(reader.state)")
            return
        }
        #expect(reason.contains("its time of writing is \(seconds) s from 1970"), "\(reason)")
    }

    @Test func whatIsNoFileHoldsNothingUp() throws {
        let folder = try TemporaryDirectory()
        let pipe = folder.path + "/pipe"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let large = folder.path + "/large"
        try String(repeating: "# much\n", count: 4_000).write(toFile: large, atomically: true, encoding: .utf8)
        for (path, told) in [
            (pipe, "no regular file"), (folder.path, "no regular file"), ("/dev/zero", "no regular file"),
            (large, "28000 bytes; expected at most 16384"),
        ] {
            var reader = RateReader(RateFile(path: path, staleNanoseconds: .max))
            let rates = reader.read(now: 0)
            #expect(rates == nil)
            #expect("\(reader.state)".contains(told), "\(reader.state)")
        }
    }
}
