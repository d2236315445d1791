import Agent
import Foundation
import TestSupport
import Testing

/// Lines that any JSON reader takes back as what was written.
@Suite struct JSONLineTests {
    private static func text(_ body: (inout JSONLine) -> Void) -> String {
        var line = JSONLine()
        line.line("test", body)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    /// The line as Foundation's parser reads it.
    private static func parsed(_ body: (inout JSONLine) -> Void) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(text(body).utf8))
        return try #require(object as? [String: Any])
    }

    @Test func lineIsOneObjectWithItsTypeFirstAndEndsInANewline() {
        #expect(Self.text { _ in } == "{\"type\":\"test\"}\n")
        let text = Self.text { line in
            line.field("a", 1)
            line.field("b", true)
            line.field("c", false)
        }
        #expect(text == "{\"type\":\"test\",\"a\":1,\"b\":true,\"c\":false}\n")
    }

    @Test(arguments: [
        "", "plain", "quote \" and \\ backslash", "line\nbreak\r\ttab", "\u{0}\u{1}\u{1f}",
        "\u{7f}", "größe 漢字 🙂", "/path/with/slashes", "\u{2028}", "</script>",
    ])
    func stringsComeBackWhateverIsInThem(string: String) throws {
        let object = try Self.parsed { line in
            line.field("fixed", string)
            line.field(named: string, string)
        }
        #expect(object["fixed"] as? String == string)
        if string != "fixed" { #expect(object[string] as? String == string) }
        #expect(!Self.text { $0.field("s", string) }.dropLast().contains("\n"))
    }

    @Test func controlCharactersAreWrittenAsEscapes() {
        let text = Self.text { $0.field("s", "\u{1b}\n\"\\") }
        #expect(text == "{\"type\":\"test\",\"s\":\"\\u001b\\u000a\\\"\\\\\"}\n")
    }

    @Test(arguments: [Double.nan, .signalingNaN, .infinity, -.infinity])
    func whatJSONCannotSayIsNull(value: Double) throws {
        let object = try Self.parsed { line in
            line.field("x", value)
            line.field(named: "y", value)
        }
        #expect(object["x"] is NSNull)
        #expect(object["y"] is NSNull)
    }

    @Test(arguments: [
        (0.1, "0.1"), (1, "1"), (-3, "-3"), (0, "0"), (-0.0, "0"), (2.5, "2.5"), (1e21, "1e+21"),
        (9_007_199_254_740_992, "9007199254740992.0"), (8_999_999_999_999_999, "8999999999999999"),
        (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    ])
    func doublesAreWrittenInTheirShortestForm(value: Double, text: String) {
        #expect(Self.text { $0.field("x", value) } == "{\"type\":\"test\",\"x\":\(text)}\n")
    }

    /// Bits drawn at random: every exponent, subnormal numbers too.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func doublesReadBackAsTheSameNumber(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text = Self.text { $0.field("x", value) }
            let digits = text.dropFirst("{\"type\":\"test\",\"x\":".count).dropLast(2)
            #expect(Double(digits) == value, "\(digits)")
            let small = Double(Int64.random(in: -1 << 60...1 << 60, using: &generator)) / 1e9
            let object = try Self.parsed { $0.field("x", small) }
            // Foundation's parser on Linux is itself off by a bit or two.
            let read = try #require(object["x"] as? NSNumber).doubleValue
            #expect((read - small).magnitude <= 4 * small.ulp)
        }
    }

    @Test(arguments: [0, 1, 1 << 53 + 1, .max] as [UInt64])
    func wholeNumbersAreExact(value: UInt64) throws {
        let object = try Self.parsed { line in
            line.field("x", value)
            line.field(named: "y", value)
            line.field("z", Int64.min)
        }
        #expect((object["x"] as? NSNumber)?.uint64Value == value)
        #expect((object["y"] as? NSNumber)?.uint64Value == value)
        #expect((object["z"] as? NSNumber)?.int64Value == .min)
    }

    @Test func objectsAndArraysNest() throws {
        let text = Self.text { line in
            line.object("empty") { _ in }
            line.array("none") { _ in }
            line.array("list") { line in
                line.elementObject { line in
                    line.field("a", 1)
                    line.object("inner") { $0.field("b", 2) }
                    line.field("c", 3)
                }
                line.elementObject { _ in }
                line.elementObject { $0.field("d", ["x", "y"]) }
            }
            line.field("words", [])
            line.field("last", 9)
        }
        #expect(
            text == "{\"type\":\"test\",\"empty\":{},\"none\":[],\"list\":[{\"a\":1,\"inner\":"
                + "{\"b\":2},\"c\":3},{},{\"d\":[\"x\",\"y\"]}],\"words\":[],\"last\":9}\n"
        )
        #expect((try JSONSerialization.jsonObject(with: Data(text.utf8))) is [String: Any])
    }

    @Test func linesFollowEachOtherAndAreForgottenOnRequest() {
        var line = JSONLine()
        line.line("a") { $0.object("o") { $0.field("x", 1) } }
        line.line("b") { $0.field("y", 2) }
        let text = String(decoding: line.bytes, as: UTF8.self)
        #expect(text == "{\"type\":\"a\",\"o\":{\"x\":1}}\n{\"type\":\"b\",\"y\":2}\n")
        line.removeAll()
        #expect(line.bytes.isEmpty)
    }
}
