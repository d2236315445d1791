/// The cyclic redundancy check of gzip, checkpoints and recordings (RFC 1952, polynomial 0xEDB88320).
package struct Checksum32: Sendable {
    /// Eight tables of 256: a byte's effect after so many more bytes ("slicing by eight").
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for byte in 0..<256 as Range<UInt32> {
            var value = byte
            for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
            tables.append(value)
        }
        for index in 256..<2_048 {
            let before = tables[index - 256]
            tables.append(tables[Int(before & 0xFF)] ^ before >> 8)
        }
        return tables
    }()

    private var state = UInt32.max

    package init() {}

    package var value: UInt32 { ~state }

    /// Linear in the bytes.
    package mutating func add(_ bytes: ArraySlice<UInt8>) {
        let tables = Self.tables
        var index = bytes.startIndex
        while bytes.endIndex - index >= 8 {
            var low = state ^ UInt32(bytes[index])
            low ^= UInt32(bytes[index + 1]) << 8
            low ^= UInt32(bytes[index + 2]) << 16
            low ^= UInt32(bytes[index + 3]) << 24
            let first = tables[1_792 + Int(low & 0xFF)] ^ tables[1_536 + Int(low >> 8 & 0xFF)]
            let second = tables[1_280 + Int(low >> 16 & 0xFF)] ^ tables[1_024 + Int(low >> 24)]
            let third = tables[768 + Int(bytes[index + 4])] ^ tables[512 + Int(bytes[index + 5])]
            let fourth = tables[256 + Int(bytes[index + 6])] ^ tables[Int(bytes[index + 7])]
            state = first ^ second ^ third ^ fourth
            index += 8
        }
        for byte in bytes[index...] {
            state = tables[Int((state ^ UInt32(byte)) & 0xFF)] ^ state >> 8
        }
    }
}
