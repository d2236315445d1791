/// CRC-32 as in zlib and IEEE 802.3 (polynomial 0xEDB88320), to tell a torn or damaged frame.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0xEDB8_8320
        }
    }

    static func crc32(_ bytes: some Sequence<UInt8>, from start: UInt32 = 0) -> UInt32 {
        var value = ~start
        for byte in bytes { value = (value >> 8) ^ table[Int((value ^ UInt32(byte)) & 0xff)] }
        return ~value
    }
}
