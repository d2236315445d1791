/// Reads little-endian numbers from bytes, never beyond their end.
package struct ByteReader {
    private var bytes: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Bytes left.
    package var count: Int { bytes.count }

    package mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    package mutating func read<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        guard let taken = take(Number.bitWidth / 8) else { return nil }
        return taken.reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}

extension [UInt8] {
    package mutating func appendLittleEndian<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }
}
