internal import HeadroomABI

/// Fixed-size text fields of the shared table.
package enum TableText {
    /// The text up to the first NUL, with anything that is not UTF-8 replaced.
    package static func read<Field>(_ field: Field) -> String {
        unsafe withUnsafeBytes(of: field) { unsafe decode($0) }
    }

    /// The text of a field where it lies: a copy of a large one is made byte by byte.
    package static func read<Entry, Field>(
        _ field: KeyPath<Entry, Field>, of entry: UnsafePointer<Entry>
    ) -> String {
        let start = unsafe UnsafeRawPointer(entry) + MemoryLayout<Entry>.offset(of: field)!
        return unsafe decode(UnsafeRawBufferPointer(start: start, count: MemoryLayout<Field>.size))
    }

    /// `read` for bytes that are not a field.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// `text` with control characters written out, so that a cgroup's name cannot move a
    /// terminal's cursor or break a line; and those that reorder what stands beside them or are not
    /// seen at all, so that it cannot look like another.
    package static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var visible = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                visible += scalar.value > 0xff ? "\\u{\(digits)}" : "\\x" + (digits.count == 1 ? "0" : "") + digits
            } else {
                visible.unicodeScalars.append(scalar)
            }
        }
        return visible
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f: true
        // The soft hyphen, the Arabic letter mark, what has no width, lines, paragraphs, directions.
        case 0xad, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff: true
        // Tags: a text beside the text.
        case 0xe0000...0xe007f: true
        default: false
        }
    }

    /// Writes as much of `text` as fits, NUL-terminated, never half a character.
    /// - Returns: false when it was cut.
    @discardableResult
    package static func write<Field>(_ text: String, to field: inout Field) -> Bool {
        var text = text
        return unsafe withUnsafeMutableBytes(of: &field) { bytes in
            text.withUTF8 { utf8 in
                var count = min(utf8.count, bytes.count - 1)
                let whole = count == utf8.count
                if !whole {
                    while count > 0, unsafe utf8[count] & 0xC0 == 0x80 { count -= 1 }
                }
                unsafe bytes.copyBytes(from: utf8.prefix(count))
                for index in count..<bytes.count { unsafe bytes[index] = 0 }
                return whole
            }
        }
    }
}
