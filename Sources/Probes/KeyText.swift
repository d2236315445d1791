/// A key as a person writes it, made into the bytes that the map knows it by.
package enum KeyText {
    /// What is wrong with a key, and what was expected.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    /// Reads `text` as a value of `layout`.
    ///
    /// Numbers are decimal or begin with `0x`; any key can be given as `hex:` and its bytes in
    /// the order in which they lie in memory, in pairs that may stand apart (`hex:0a000000`,
    /// `hex:0a 00 00 00`, `hex:0a:00:00:00`); a structure is its fields, `owner=9,slot=1`, where
    /// what is left out is zero. O(bytes).
    package static func bytes(_ text: String, as layout: TypeLayout) throws(Refusal) -> [UInt8] {
        if text.hasPrefix("hex:") { return try hexadecimal(text, layout.byteCount) }
        switch layout {
        case .integer(let count, let isSigned): return try integer(text, count, isSigned)
        case .text(let count):
            guard text.utf8.count < count else {
                throw Refusal("\"\(text)\" has \(text.utf8.count) bytes; expected \(layout.description)")
            }
            return Array(text.utf8) + Array(repeating: 0, count: count - text.utf8.count)
        case .structure(let count, let fields): return try structure(text, count, fields, layout)
        case .array, .opaque:
            throw Refusal("\"\(text)\" is not \(layout.description); expected hex: and \(layout.byteCount) bytes")
        }
    }

    private static func hexadecimal(_ text: String, _ count: Int) throws(Refusal) -> [UInt8] {
        let digits = text.dropFirst("hex:".count).filter { $0 != " " && $0 != ":" }
        let expected =
            "expected \(count) pairs of hexadecimal digits, such as hex:"
            + String(repeating: "00", count: max(0, count - 1)) + "0a"
        guard digits.count == 2 * count else {
            throw Refusal("\"\(text)\" has \(digits.count) digits; \(expected)")
        }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            guard let byte = number(rest.prefix(2), radix: 16) else {
                throw Refusal("\"\(text)\": \"\(rest.prefix(2))\" is no byte; \(expected)")
            }
            bytes.append(UInt8(byte))
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    private static func integer(
        _ text: String, _ count: Int, _ isSigned: Bool
    ) throws(Refusal) -> [UInt8] {
        let bits = count * 8
        let most = UInt64.max >> (64 - bits + (isSigned ? 1 : 0))
        let expected =
            "expected a whole number of \(isSigned ? "-\(most + 1)" : "0")...\(most), decimal or with 0x before it"
        let isNegative = text.hasPrefix("-")
        let digits = text.dropFirst(isNegative ? 1 : 0)
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        guard let value = number(digits.dropFirst(isHexadecimal ? 2 : 0), radix: isHexadecimal ? 16 : 10)
        else { throw Refusal("\"\(text)\" is not a number; \(expected)") }
        guard isNegative ? isSigned && value <= most + 1 || value == 0 : value <= most else {
            throw Refusal("\(text) is out of range; \(expected)")
        }
        let pattern = isNegative ? 0 &- value : value
        return (0..<count).map { UInt8(truncatingIfNeeded: pattern >> (UInt64($0) * 8)) }
    }

    /// Digits and nothing else: no sign, no blank.
    private static func number(_ digits: Substring, radix: Int) -> UInt64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
        else { return nil }
        return UInt64(digits, radix: radix)
    }

    private static func structure(
        _ text: String, _ count: Int, _ fields: [TypeLayout.Field], _ layout: TypeLayout
    ) throws(Refusal) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var given: Set<String> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = part.firstIndex(of: "=") else {
                throw Refusal("\"\(part)\" has no value; expected \(layout.description)")
            }
            let name = String(part[..<equals])
            guard let field = fields.first(where: { $0.name == name }) else {
                throw Refusal("\"\(name)\" is no field; expected \(layout.description)")
            }
            guard given.insert(name).inserted else { throw Refusal("\"\(name)\" is given twice") }
            guard field.bitCount == nil else {
                throw Refusal("\"\(name)\" is a bit-field; expected hex: and all \(count) bytes of the key")
            }
            let value: [UInt8]
            do throws(Refusal) {
                value = try self.bytes(String(part[part.index(after: equals)...]), as: field.layout)
            } catch {
                throw Refusal("\(name): \(error)")
            }
            bytes.replaceSubrange(field.bitOffset / 8..<field.bitOffset / 8 + value.count, with: value)
        }
        return bytes
    }
}
