/// Places of distinct names, found by their bytes: a row whose name came before costs no allocation.
struct NameIndex {
    private(set) var names: [String] = []
    /// Open addressing over a power of two; a place + 1, 0: free.
    private var slots = [Int32](repeating: 0, count: 64)
    private var hashes: [UInt64] = []

    /// O(bytes), amortised.
    mutating func place(of bytes: ArraySlice<UInt8>) -> Int {
        let hash = Self.hash(bytes)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if hashes[place] == hash, names[place].utf8.elementsEqual(bytes) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        names.append(String(decoding: bytes, as: UTF8.self))
        hashes.append(hash)
        slots[slot] = Int32(names.count)
        if names.count * 2 > slots.count { grow() }
        return names.count - 1
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for (place, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(place + 1)
        }
    }

    /// FNV-1a, its high bits folded into the low ones that address slots.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
