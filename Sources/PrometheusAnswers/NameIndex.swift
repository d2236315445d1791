internal import Glibc

/// Places of distinct names, found by their bytes: a row whose name came before costs no allocation.
struct NameIndex {
    private(set) var names: [String] = []
    /// The same one behind another, and where each ends.
    private var texts: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing over a power of two; a place + 1, 0: free.
    private var slots = [Int32](repeating: 0, count: 64)
    private var hashes: [UInt64] = []

    /// O(bytes), amortised.
    mutating func place(of bytes: ArraySlice<UInt8>) -> Int {
        let hash = Self.hash(bytes)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if hashes[place] == hash, isName(place, bytes) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        names.append(String(decoding: bytes, as: UTF8.self))
        texts += bytes
        ends.append(texts.count)
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

    private func isName(_ place: Int, _ bytes: ArraySlice<UInt8>) -> Bool {
        let start = place == 0 ? 0 : ends[place - 1]
        guard ends[place] - start == bytes.count else { return false }
        return unsafe texts.withUnsafeBytes { own in
            unsafe bytes.withUnsafeBytes { other in
                unsafe bytes.isEmpty || memcmp(own.baseAddress! + start, other.baseAddress!, other.count) == 0
            }
        }
    }

    /// Eight bytes at a time, each mixed by a multiplication whose high bits are folded into the low
    /// ones, which address slots. Names come from labels that anyone may set: what collides is
    /// only slower, and rows are bounded by the answer's size.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        unsafe bytes.withUnsafeBytes { buffer in
            var hash = UInt64(buffer.count)
            var place = 0
            while place < buffer.count {
                var word: UInt64 = 0
                if place + 8 <= buffer.count {
                    word = unsafe buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                } else {
                    for index in place..<buffer.count { word = word << 8 | UInt64(unsafe buffer[index]) }
                }
                hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
                hash ^= hash >> 29
                place += 8
            }
            hash = hash &* 0xBF58_476D_1CE4_E5B9
            return hash ^ hash >> 32
        }
    }
}
