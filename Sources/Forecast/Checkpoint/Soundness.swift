// A checkpoint comes from outside: a right checksum says that the bytes are those that were
// written, not by whom. So every index is checked to be within its range and every number to be
// finite before a restored state is used; a wrong one would trap or spread.

/// True if all of a record's words are finite `Float`s. The record must hold nothing else.
func holdsFiniteFloats<Record: BitwiseCopyable>(_ record: Record) -> Bool {
    precondition(MemoryLayout<Record>.size % 4 == 0, "\(Record.self) holds more than Floats")
    return unsafe withUnsafeBytes(of: record) { bytes in
        unsafe bytes.bindMemory(to: UInt32.self).allSatisfy { $0 & 0x7F80_0000 != 0x7F80_0000 }
    }
}

extension OpenSlot {
    func isSound(slotCount: Int) -> Bool {
        (0..<slotCount).contains(Int(slot)) && peak.isFinite && (endSecond == .min || mean.isFinite)
    }
}

extension SeasonView {
    var isSound: Bool { holdsFiniteFloats(self) }
}

extension OpenBlock {
    var isSound: Bool { holdsFiniteFloats(self) }
}
