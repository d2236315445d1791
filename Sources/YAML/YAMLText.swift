/// Checks of a file's bytes that need no grammar.
enum YAMLText {
    /// Throws unless the bytes are UTF-8 without a tab.
    static func check(_ bytes: [UInt8]) throws(YAMLRefusal) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let offset = error.byteOffsets.lowerBound
            let byte = String(bytes[offset], radix: 16)
            throw YAMLRefusal(
                reason: "byte 0x\(byte) is not UTF-8; expected a text file in UTF-8",
                mark: mark(of: offset, in: bytes.span)
            )
        }
        if let offset = bytes.firstIndex(of: UInt8(ascii: "\t")) {
            throw YAMLRefusal(
                reason: "a tab; YAML indents with spaces",
                mark: mark(of: offset, in: bytes.span)
            )
        }
    }

    /// Line and column of the byte at `offset`; the bytes before it are UTF-8.
    static func mark(of offset: Int, in bytes: Span<UInt8>) -> YAMLMark {
        var line = 1
        var column = 1
        for index in 0..<min(offset, bytes.count) {
            if bytes[index] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if bytes[index] & 0xC0 != 0x80 {
                // Each character once: not for the bytes that continue one.
                column += 1
            }
        }
        return YAMLMark(line: line, column: column)
    }
}
