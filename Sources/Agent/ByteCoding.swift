internal import Forecast

/// Appends fixed-width little-endian numbers and length-prefixed text to a buffer.
struct ByteWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func write<Number: FixedWidthInteger>(_ value: Number) {
        bytes.appendLittleEndian(value)
    }

    mutating func write(_ value: Double) { write(value.bitPattern) }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

/// What `ByteWriter` wrote is read back. Trusts nothing: a short or odd buffer gives nil.
extension ByteReader {
    var isAtEnd: Bool { count == 0 }

    mutating func readDouble() -> Double? { read(UInt64.self).map(Double.init(bitPattern:)) }

    mutating func readText(limit: Int = 65_536) -> String? {
        guard let size = read(UInt32.self), size <= limit, let text = take(Int(size)) else {
            return nil
        }
        return String(decoding: text, as: UTF8.self)
    }
}
