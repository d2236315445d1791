/// Reads the head of one HTTP/1.x request, strictly (RFC 9112): what could be understood in two
/// ways is refused, not repaired.
///
/// Complexity: O(bytes) a call; the caller bounds the bytes.
enum RequestParser {
    /// Bytes of a head, its empty line included.
    static let headLimit = 8192
    static let fieldLimit = 64

    enum Outcome: Hashable {
        case incomplete
        /// And how many bytes were its.
        case request(HTTPRequest, Int)
    }

    static func parse(_ bytes: [UInt8]) throws(HTTPRefusal) -> Outcome {
        // A client may send one empty line after its last request.
        let start = bytes.starts(with: [cr, lf]) ? 2 : 0
        guard let end = try headEnd(bytes, from: start) else {
            guard bytes.count < headLimit else {
                throw HTTPRefusal(.headerTooLarge, "the head is over \(headLimit) bytes")
            }
            return .incomplete
        }
        var lines = bytes[start..<end].split(separator: lf, omittingEmptySubsequences: false)
            .map { $0.dropLast() }[...]
        guard let first = lines.popFirst() else {
            throw HTTPRefusal(.badRequest, "no request line")
        }
        var request = HTTPRequest()
        let isOld = try requestLine(first, &request)
        try fields(lines, &request, isOld: isOld)
        return .request(request, end + 2)
    }

    /// Index behind the last header line, before the empty one; nil: not there yet. Refuses as
    /// soon as a byte comes that no head has.
    private static func headEnd(_ bytes: [UInt8], from start: Int) throws(HTTPRefusal) -> Int? {
        var lineStart = start
        for index in start..<bytes.count {
            let byte = bytes[index]
            switch byte {
            case lf:
                guard index > start, bytes[index - 1] == cr else {
                    throw HTTPRefusal(.badRequest, "a line that does not end in CR LF")
                }
                if index - 1 == lineStart { return lineStart }
                lineStart = index + 1
            case cr: break
            case 0x09, 0x20...0x7e, 0x80...: try afterCR(bytes, index, start)
            default: throw HTTPRefusal(.badRequest, "a control character in the head")
            }
        }
        return nil
    }

    private static func afterCR(
        _ bytes: [UInt8],
        _ index: Int,
        _ start: Int
    ) throws(HTTPRefusal) {
        guard index > start, bytes[index - 1] == cr else { return }
        throw HTTPRefusal(.badRequest, "a CR that no LF follows")
    }

    // MARK: Request line

    /// - Returns: whether it is HTTP/1.0.
    private static func requestLine(
        _ line: ArraySlice<UInt8>,
        _ request: inout HTTPRequest
    ) throws(HTTPRefusal) -> Bool {
        let words = line.split(separator: space, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(isTokenByte) else {
            throw HTTPRefusal(.badRequest, "not a request line: METHOD target HTTP/1.1")
        }
        let isOld = try version(words[2])
        switch text(words[0]) {
        case "GET": break
        case "HEAD": request.isHead = true
        case "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE":
            throw HTTPRefusal(.methodNotAllowed, "only GET and HEAD are answered")
        default: throw HTTPRefusal(.notImplemented, "not a method that is known")
        }
        try target(words[1], &request)
        return isOld
    }

    private static func version(_ word: ArraySlice<UInt8>) throws(HTTPRefusal) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let bytes = Array(word)
        guard bytes.count == 8, bytes.starts(with: Array("HTTP/".utf8)), digits.contains(bytes[5]),
            bytes[6] == UInt8(ascii: "."), digits.contains(bytes[7])
        else { throw HTTPRefusal(.badRequest, "not a request line: METHOD target HTTP/1.1") }
        guard bytes[5] == UInt8(ascii: "1") else {
            throw HTTPRefusal(.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken")
        }
        return bytes[7] == UInt8(ascii: "0")
    }

    private static func target(
        _ word: ArraySlice<UInt8>,
        _ request: inout HTTPRequest
    ) throws(HTTPRefusal) {
        guard word.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw HTTPRefusal(.badRequest, "a target with bytes that have to be percent-encoded")
        }
        var target = text(word)[...]
        // What a proxy is asked for; every server has to take it.
        if target.lowercased().hasPrefix("http://") {
            let rest = target.dropFirst("http://".count)
            target = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        guard target.hasPrefix("/") else {
            throw HTTPRefusal(.badRequest, "a target that is not a path, such as /metrics")
        }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        request.path = String(parts[0])
        if parts.count > 1 { request.query = String(parts[1]) }
    }

    // MARK: Fields

    private static func fields(
        _ lines: ArraySlice<ArraySlice<UInt8>>,
        _ request: inout HTTPRequest,
        isOld: Bool
    ) throws(HTTPRefusal) {
        // Behind the last line's LF the split leaves an empty one.
        let lines = lines.dropLast()
        guard lines.count <= fieldLimit else {
            throw HTTPRefusal(.headerTooLarge, "more than \(fieldLimit) header fields")
        }
        request.keepsAlive = !isOld
        var lengths: [String] = []
        for line in lines {
            let (name, value) = try field(line)
            switch name {
            case "host":
                guard request.host == nil else {
                    throw HTTPRefusal(.badRequest, "more than one Host")
                }
                request.host = value
            case "accept": request.accept += request.accept.isEmpty ? value : ", " + value
            case "authorization":
                guard request.authorization == nil else {
                    throw HTTPRefusal(.badRequest, "more than one Authorization")
                }
                request.authorization = value
            case "connection":
                let options = value.lowercased().split(separator: ",").map { trimmed($0) }
                if options.contains("close") { request.keepsAlive = false }
            case "content-length": lengths.append(value)
            case "transfer-encoding":
                throw HTTPRefusal(.badRequest, "a request with a body; GET and HEAD have none here")
            default: break
            }
        }
        guard isOld || request.host != nil else { throw HTTPRefusal(.badRequest, "no Host") }
        guard lengths.count <= 1 else {
            throw HTTPRefusal(.badRequest, "more than one Content-Length")
        }
        guard let length = lengths.first else { return }
        guard !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw HTTPRefusal(.badRequest, "a Content-Length that is not a number")
        }
        guard length.utf8.allSatisfy({ $0 == 0x30 }) else {
            throw HTTPRefusal(
                .contentTooLarge,
                "a request with a body; GET and HEAD have none here"
            )
        }
    }

    /// The name in lower case and the value without blanks around it.
    private static func field(
        _ line: ArraySlice<UInt8>
    ) throws(HTTPRefusal) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(isTokenByte)
        else {
            // A blank before the colon or at the start would read as another field elsewhere.
            throw HTTPRefusal(.badRequest, "not a header field: Name: value")
        }
        let value = line[(colon + 1)...]
        return (text(line[..<colon]).lowercased(), String(trimmed(text(value)[...])))
    }

    // MARK: Bytes

    private static let cr = UInt8(ascii: "\r")
    private static let lf = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8
    )

    private static func isTokenByte(_ byte: UInt8) -> Bool { tokenBytes.contains(byte) }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
