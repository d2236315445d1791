/// Goes through JSON text token by token (RFC 8259), strict about structure, without building
/// anything that is not asked for.
package struct JSONCursor: Sendable {
    package struct Malformed: Error {
        package let offset: Int
        package let expected: String

        package init(offset: Int, expected: String) {
            self.offset = offset
            self.expected = expected
        }
    }

    /// A string as it stands between its quotes.
    package struct Token: Sendable {
        package let range: Range<Int>
        package let isEscaped: Bool
    }

    private let bytes: [UInt8]
    package private(set) var offset = 0
    /// No element of the innermost object or array was taken yet.
    private var isFirst = true

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Structure

    package mutating func beginObject() throws(Malformed) {
        try take("{")
        isFirst = true
    }
    package mutating func beginArray() throws(Malformed) {
        try take("[")
        isFirst = true
    }

    /// False for `null`, which Go writes for no list.
    package mutating func beginArrayOrNull() throws(Malformed) -> Bool {
        if peek() == UInt8(ascii: "n") {
            try literal("null")
            return false
        }
        try beginArray()
        return true
    }

    package var peekIsObject: Bool { mutating get { peek() == UInt8(ascii: "{") } }

    /// The next member's name, its colon taken; nil at the end of the object, which is taken.
    package mutating func nextKey() throws(Malformed) -> Token? {
        guard try next(before: "}") else { return nil }
        let key = try token()
        try take(":")
        return key
    }

    /// Whether there is another element; the end of the array is taken.
    package mutating func nextElement() throws(Malformed) -> Bool { try next(before: "]") }

    private mutating func next(before close: Unicode.Scalar) throws(Malformed) -> Bool {
        if peek() == UInt8(ascii: close) {
            offset += 1
            isFirst = false
            return false
        }
        if !isFirst { try take(",") }
        isFirst = false
        return true
    }

    /// Nothing but blanks may follow.
    package mutating func end() throws(Malformed) {
        guard peek() == nil else { throw Malformed(offset: offset, expected: "the end") }
    }

    // MARK: Values

    package mutating func token() throws(Malformed) -> Token {
        try take("\"")
        let start = offset
        var isEscaped = false
        while true {
            offset = Self.plainEnd(bytes, from: offset)
            guard offset < bytes.count else { throw Malformed(offset: bytes.count, expected: "the end of a string") }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return Token(range: start..<offset - 1, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                offset += 2
            default: throw Malformed(offset: offset, expected: "no control character in a string")
            }
        }
    }

    /// The first place from `start` on with a quote, a backslash or a control character; else the
    /// end. Eight bytes at a time: most of an answer is labels.
    private static func plainEnd(_ bytes: [UInt8], from start: Int) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            var place = start
            let ones: UInt64 = 0x0101_0101_0101_0101
            while place + 8 <= buffer.count {
                let word = UInt64(littleEndian: unsafe buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                let (quote, slash) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C))
                // In each of the three the lowest high bit is that of the first such byte.
                let found =
                    ((quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word)
                    & (ones &* 0x80)
                guard found == 0 else { return place + found.trailingZeroBitCount / 8 }
                place += 8
            }
            while place < buffer.count {
                let byte = unsafe buffer[place]
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
                place += 1
            }
            return place
        }
    }

    package mutating func string() throws(Malformed) -> String {
        let token = try token()
        return token.isEscaped ? try unescaped(token) : text(token)
    }

    package func text(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }
    package func slice(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

    package func bytes(_ token: Token, are other: [UInt8]) -> Bool {
        token.range.count == other.count && bytes[token.range].elementsEqual(other)
    }

    package func unescaped(_ token: Token) throws(Malformed) -> String {
        var units: [UInt8] = []
        var place = token.range.lowerBound
        while place < token.range.upperBound {
            guard bytes[place] == UInt8(ascii: "\\") else {
                units.append(bytes[place])
                place += 1
                continue
            }
            let escape = bytes[place + 1]
            place += 2
            switch escape {
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(escape)
            case UInt8(ascii: "u"): units += try scalar(&place, end: token.range.upperBound).utf8
            default: throw Malformed(offset: place, expected: "an escape that JSON has")
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// A code unit after `\u`, with its other half; a half alone becomes U+FFFD.
    private func scalar(_ place: inout Int, end: Int) throws(Malformed) -> String {
        let high = try hexadecimal(&place, end: end)
        if let scalar = Unicode.Scalar(high) { return String(scalar) }
        guard high < 0xDC00, place + 1 < end, bytes[place] == UInt8(ascii: "\\"),
            bytes[place + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        var after = place + 2
        let low = try hexadecimal(&after, end: end)
        guard (0xDC00...0xDFFF).contains(low) else { return "\u{FFFD}" }
        place = after
        let code = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
        return Unicode.Scalar(code).map { String($0) } ?? "\u{FFFD}"
    }

    private func hexadecimal(_ place: inout Int, end: Int) throws(Malformed) -> UInt16 {
        guard place + 4 <= end, bytes[place..<place + 4].allSatisfy(Self.isHexadecimal),
            let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        else { throw Malformed(offset: place, expected: "four hexadecimal digits") }
        place += 4
        return unit
    }

    package mutating func number() throws(Malformed) -> Double {
        _ = peek()
        let start = offset
        while offset < bytes.count, Self.isNumeric(bytes[offset]) { offset += 1 }
        guard let value = DecimalText.parse(bytes, start..<offset), value.isFinite else {
            throw Malformed(offset: start, expected: "a number")
        }
        return value
    }

    /// Nil for `null`.
    package mutating func numberOrNull() throws(Malformed) -> Double? {
        guard peek() == UInt8(ascii: "n") else { return try number() }
        try literal("null")
        return nil
    }

    /// As Prometheus writes values: in quotes, so that NaN and infinity have words.
    package mutating func quotedNumber() throws(Malformed) -> Double {
        let token = try token()
        guard let value = DecimalText.parse(bytes, token.range) else {
            throw Malformed(offset: token.range.lowerBound, expected: "a number in quotes")
        }
        return value
    }

    /// Whatever comes next.
    package mutating func skip(depth: Int) throws(Malformed) {
        guard depth > 0 else { throw Malformed(offset: offset, expected: "less nesting") }
        switch peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skip(depth: depth - 1) }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skip(depth: depth - 1) }
        case UInt8(ascii: "\""): _ = try token()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }

    // MARK: Bytes

    /// `UInt16` takes a sign too.
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func peek() -> UInt8? {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return bytes[offset]
            }
        }
        return nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws(Malformed) {
        guard peek() == UInt8(ascii: scalar) else { throw Malformed(offset: offset, expected: "\"\(scalar)\"") }
        offset += 1
    }

    private mutating func literal(_ word: StaticString) throws(Malformed) {
        let matches = unsafe bytes[offset...].starts(with: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        guard matches else { throw Malformed(offset: offset, expected: "\(word)") }
        offset += word.utf8CodeUnitCount
    }
}
