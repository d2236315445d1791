/// Appends fixed-width little-endian numbers and length-prefixed text to a buffer.
struct ByteWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func write<Number: FixedWidthInteger>(_ value: Number) {
        var little = value.littleEndian
        unsafe withUnsafeBytes(of: &little) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func write(_ value: Double) { write(value.bitPattern) }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

/// Reads what `ByteWriter` wrote. Trusts nothing: a short or odd buffer gives nil.
struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func read<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard bytes.endIndex - position >= size else { return nil }
        var value: Number = 0
        for index in 0..<size {
            value |= Number(truncatingIfNeeded: bytes[position + index]) << (8 * index)
        }
        position += size
        return value
    }

    mutating func readDouble() -> Double? { read(UInt64.self).map(Double.init(bitPattern:)) }

    mutating func readText(limit: Int = 65_536) -> String? {
        guard let count = read(UInt32.self), count <= limit,
            bytes.endIndex - position >= Int(count)
        else { return nil }
        defer { position += Int(count) }
        return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
    }
}
