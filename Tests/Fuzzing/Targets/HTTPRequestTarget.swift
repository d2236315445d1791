import Aggregates
import HeadroomABI

@testable import Telemetry

extension FuzzTarget {
    /// What a client of the agent's HTTP server sends. However it is cut into parts it means the same; what is answered
    /// is an answer of HTTP/1.1, its head free of what the client sent.
    static let httpRequest = FuzzTarget(name: "http-request", largest: 9000) { bytes in
        var input = FuzzInput(bytes)
        let cut = Int(input.number(UInt16.self))
        var rest = Array(input.rest)
        let server = AnsweringTable()
        for _ in 0..<4 {
            let outcome: RequestParser.Outcome?
            var refusal: HTTPRefusal?
            do throws(HTTPRefusal) {
                outcome = try RequestParser.parse(rest)
            } catch {
                outcome = nil
                refusal = error
            }
            try comparePart(Array(rest.prefix(cut % (rest.count + 1))), rest, outcome)
            switch outcome {
            case .request(let request, let count):
                try demand(
                    count <= rest.count && count <= RequestParser.headLimit + 2 || rest.count > RequestParser.headLimit,
                    "a request of \(count) bytes")
                for isTCP in [true, false] {
                    let answer = server.answer(request, isTCP: isTCP)
                    try checkAnswer(answer.head(closes: !request.keepsAlive), bodyBytes: answer.body.bytes.count)
                }
                rest.removeFirst(count)
            case .incomplete: return
            case nil:
                let answer = HTTPResponse(refusal!)
                try checkAnswer(answer.head(closes: true), bodyBytes: answer.body.bytes.count)
                return
            }
        }
    }

    /// What is decided of a part is decided of the whole.
    private static func comparePart(
        _ part: [UInt8], _ whole: [UInt8], _ outcome: RequestParser.Outcome?
    ) throws {
        let decided: RequestParser.Outcome
        do throws(HTTPRefusal) {
            decided = try RequestParser.parse(part)
        } catch {
            return try demand(outcome == nil, "refused in part, taken as a whole: \(error)")
        }
        switch (decided, outcome) {
        case (.incomplete, .request(_, let count)):
            try demand(count > part.count, "a whole request of \(count) bytes is not seen in \(part.count)")
        case (.incomplete, _): break
        case (.request, _): try demand(outcome == decided, "a request is another one with more behind it")
        }
    }

    private static func checkAnswer(_ head: [UInt8], bodyBytes: Int) throws {
        let lines = text(head[...]).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        try demand(lines.suffix(2) == ["", ""] && !lines.dropLast(2).contains(""), "a head with an empty line in it")
        try demand(lines[0].hasPrefix("HTTP/1.1 "), "no status line: \(lines[0])")
        try demand(lines.count { $0 == "Content-Length: \(bodyBytes)" } == 1, "not the length of the body, once")
        try demand(head.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0D || $0 == 0x0A }, "a head with other bytes than ASCII")
    }
}

/// Answers from the table of TableBytes.
@safe private final class AnsweringTable {
    private let memory: UnsafeMutableRawPointer
    private let responder: Responder

    init() {
        let bytes = TableBytes.whole
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
        unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        unsafe self.memory = memory
        let reader = try! unsafe TableReader(memory: UnsafeRawPointer(memory), byteCount: bytes.count)
        responder = Responder(table: reader, board: Board(), version: "1", limit: SeriesLimit(8))
    }

    deinit { unsafe memory.deallocate() }

    func answer(_ request: HTTPRequest, isTCP: Bool) -> HTTPResponse { responder.answer(request, isTCP: isTCP) }
}
