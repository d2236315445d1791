/// A canonical Huffman code (RFC 1951, 3.2.2) as one table of all fifteen-bit continuations.
struct HuffmanTable {
    static let longest = 15

    /// `symbol << 4 | length` for each fifteen bits to come, first bit lowest; 0 for no code.
    private let entries: [UInt16]

    /// `lengths` is the code length of each symbol, 0 for none; `nil` for an impossible code. A
    /// code that leaves bits unused is right only with a single symbol, whose code is one bit, and
    /// never where it is the code of the lengths: as zlib takes it.
    init?(lengths: ArraySlice<UInt8>, isOfLengths: Bool = false) {
        var counts = [Int](repeating: 0, count: Self.longest + 1)
        for length in lengths { counts[Int(length)] += 1 }
        counts[0] = 0
        var space = 1
        var nextCode = [Int](repeating: 0, count: Self.longest + 1)
        var code = 0
        for length in 1...Self.longest {
            space = space << 1 - counts[length]
            guard space >= 0 else { return nil }
            code = (code + counts[length - 1]) << 1
            nextCode[length] = code
        }
        let isOneBit = counts[1] == counts.reduce(0, +) && counts[1] <= 1
        guard space == 0 || isOneBit && !isOfLengths else { return nil }
        var entries = [UInt16](repeating: 0, count: 1 << Self.longest)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let size = Int(length)
            var reversed = 0
            for bit in 0..<size where nextCode[size] >> bit & 1 == 1 {
                reversed |= 1 << (size - 1 - bit)
            }
            nextCode[size] += 1
            let entry = UInt16(symbol) << 4 | UInt16(length)
            for index in stride(from: reversed, to: entries.count, by: 1 << size) {
                entries[index] = entry
            }
        }
        self.entries = entries
    }

    /// Symbol and length of the code that `bits` begin with; `nil` if none does.
    @inline(__always)
    func decode(_ bits: UInt32) -> (symbol: Int, length: Int)? {
        let entry = entries[Int(bits) & (1 << Self.longest - 1)]
        return entry == 0 ? nil : (Int(entry >> 4), Int(entry & 15))
    }
}
