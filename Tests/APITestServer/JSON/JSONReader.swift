/// Reads JSON (RFC 8259) strictly, and remembers members that are there twice.
struct JSONReader {
    struct Failure: Error, Equatable {
        let offset: Int
        let reason: String
    }

    private let bytes: [UInt8]
    private var at = 0
    private var path: [String] = []
    /// Paths of members that an object has twice.
    private(set) var duplicates: [String] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func read(_ bytes: [UInt8]) throws(Failure) -> (value: JSON, duplicates: [String]) {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.at == bytes.count else { throw reader.failure("more after the value") }
        return (value, reader.duplicates)
    }

    private func failure(_ reason: String) -> Failure { Failure(offset: at, reason: reason) }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: byte) else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ byte: Unicode.Scalar) throws(Failure) {
        guard take(byte) else {
            throw failure(at < bytes.count ? "expected '\(byte)'" : "unexpected end of JSON input")
        }
    }

    private mutating func value() throws(Failure) -> JSON {
        guard path.count < 200 else { throw failure("nested too deep") }
        skipSpace()
        guard at < bytes.count else { throw failure("unexpected end of JSON input") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(Failure) -> JSON {
        for scalar in word.unicodeScalars { try expect(scalar) }
        return value
    }

    private mutating func object() throws(Failure) -> JSON {
        try expect("{")
        var fields: [String: JSON] = [:]
        skipSpace()
        if take("}") { return .object(fields) }
        repeat {
            skipSpace()
            let key = try string()
            skipSpace()
            try expect(":")
            path.append(key)
            let value = try value()
            if fields.updateValue(value, forKey: key) != nil {
                duplicates.append(path.joined(separator: "."))
            }
            path.removeLast()
            skipSpace()
        } while take(",")
        try expect("}")
        return .object(fields)
    }

    private mutating func array() throws(Failure) -> JSON {
        try expect("[")
        var items: [JSON] = []
        skipSpace()
        if take("]") { return .array(items) }
        repeat {
            path.append("[\(items.count)]")
            items.append(try value())
            path.removeLast()
            skipSpace()
        } while take(",")
        try expect("]")
        return .array(items)
    }

    private mutating func number() throws(Failure) -> JSON {
        let start = at
        let digits: ClosedRange<UInt8> = 0x30...0x39
        _ = take("-")
        let whole = at
        while at < bytes.count, digits.contains(bytes[at]) { at += 1 }
        guard at > whole, at == whole + 1 || bytes[whole] != UInt8(ascii: "0") else {
            throw failure("invalid character")
        }
        var isWhole = true
        while at < bytes.count, digits.contains(bytes[at]) || ".eE+-".utf8.contains(bytes[at]) {
            isWhole = false
            at += 1
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw failure("invalid number") }
        return .number(number)
    }

    private mutating func string() throws(Failure) -> String {
        try expect("\"")
        var out: [UInt8] = []
        while true {
            guard at < bytes.count else { throw failure("unexpected end of JSON input") }
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else {
                    throw failure("a string is no UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): out += try escape()
            case 0..<0x20: throw failure("a control character in a string")
            default: out.append(byte)
            }
        }
    }

    private mutating func escape() throws(Failure) -> [UInt8] {
        guard at < bytes.count else { throw failure("unexpected end of JSON input") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]), take("\\") {
                try expect("u")
                units.append(try unit())
            }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        default: throw failure("invalid escape")
        }
    }

    private mutating func unit() throws(Failure) -> UInt16 {
        guard at + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw failure("invalid \\u escape") }
        at += 4
        return unit
    }
}

extension JSON {
    /// For tests: JSON that is written in one. Traps when it is none.
    package init(parsing text: String) {
        do {
            self = try JSONReader.read(Array(text.utf8)).value
        } catch {
            preconditionFailure("\(error) in \(text)")
        }
    }
}
