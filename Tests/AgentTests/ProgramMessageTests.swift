import Aggregates
import Capacity
import Testing

@testable import Agent

/// What a provider program may say, and what becomes of what it may not.
@Suite struct ProgramMessageTests {
    private func message(_ text: String) throws(ProgramComplaint) -> ProgramMessage {
        try ProgramMessage(Array(text.utf8))
    }

    private func complaint(_ text: String) -> String? {
        do throws(ProgramComplaint) {
            _ = try message(text)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func everyAnswerIsRead() throws {
        #expect(
            try message(#"{"type":"outcome","id":7,"outcome":"granted"}"#)
                == .outcome(id: 7, .granted(nil)))
        #expect(
            try message(#"{"type": "outcome", "id": 7, "outcome": "granted", "amount": 4.5}"#)
                == .outcome(id: 7, .granted(4.5)))
        #expect(
            try message(
                #"{"type":"outcome","id":8,"outcome":"partial","amount":1e3,"reason":"a \"b\" \u00e9"}"#)
                == .outcome(id: 8, .partial(1000, reason: "a \"b\" é")))
        #expect(
            try message(#"{"id":9,"outcome":"denied","reason":"quota","type":"outcome","later":[1]}"#)
                == .outcome(id: 9, .denied(reason: "quota")))
        #expect(
            try message(#"{"type":"outcome","id":9,"outcome":"pending"}"#) == .outcome(id: 9, .pending))
        #expect(
            try message(
                #"{"type":"capacity","pool":"web","resource":"memory","ready":4e9,"allocatable":null}"#)
                == .capacity(
                    .init(pool: "web", resource: .memory),
                    CapacityObservation(ready: 4e9, pending: 0, allocatable: nil)))
    }

    @Test(arguments: [
        ("", "no JSON object"), ("granted", "no JSON object"), ("{", "no JSON object"),
        ("[1]", "no JSON object"), ("{}", "type is missing"),
        (#"{"type":"outcome","outcome":"granted"}"#, "id is missing"),
        (#"{"type":"outcome","id":"7","outcome":"granted"}"#, "id is missing or no whole number"),
        (#"{"type":"outcome","id":-7,"outcome":"granted"}"#, "id is missing or no whole number"),
        (#"{"type":"outcome","id":7,"outcome":"yes"}"#, "outcome is \"yes\"; expected granted"),
        (#"{"type":"outcome","id":7,"outcome":"partial"}"#, "amount is missing"),
        (#"{"type":"outcome","id":7,"outcome":"granted","amount":-1}"#, "amount is \"-1\""),
        (#"{"type":"outcome","id":7,"outcome":"granted","amount":nan}"#, "amount is \"nan\""),
        (#"{"type":"outcome","id":7,"outcome":"granted","amount":1e999}"#, "amount is \"1e999\""),
        (#"{"type":"outcome","id":7,"outcome":"denied","reason":[]}"#, "reason is a list"),
        (#"{"type":"capacity","pool":"web","resource":"gpu","ready":1}"#, "resource is \"gpu\""),
        (#"{"type":"capacity","pool":"web","resource":"cpu"}"#, "ready is missing"),
        (#"{"type":"hello"}"#, "type is \"hello\"; expected outcome or capacity"),
    ])
    func whatIsNotUnderstoodIsSaid(text: String, expected: String) {
        #expect(complaint(text)?.hasPrefix(expected) == true, "\(complaint(text) ?? "taken")")
    }

    /// Whatever bytes come, they are taken or refused.
    @Test(arguments: 0..<200) func anyBytesAreTakenOrRefused(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes = Array(#"{"type":"outcome","id":7,"outcome":"granted","amount":4.5}"#.utf8)
        for _ in 0..<1 + seed % 8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 25)
        }
        _ = try? ProgramMessage(bytes)
    }

    @Test func linesAreSplitWhereverTheBytesWere() {
        let text = Array("one\n\ntwo\nthree".utf8)
        for cut in 0...text.count {
            var splitter = LineSplitter(limit: 10)
            let lines = splitter.take(text[..<cut]) + splitter.take(text[cut...])
            #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "two"])
        }
    }

    @Test func aLineThatIsTooLongGoesWholeAndIsCounted() {
        var splitter = LineSplitter(limit: 4)
        let first = splitter.take(Array("abcdefgh".utf8)[...])
        let rest = splitter.take(Array("ij\nok\n".utf8)[...])
        #expect(first.isEmpty && rest == [Array("ok".utf8)] && splitter.tooLong == 1)
    }
}
