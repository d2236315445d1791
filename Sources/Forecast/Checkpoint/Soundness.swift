// A checkpoint comes from outside: a right checksum says that the bytes are those that were
// written, not by whom. So every index is checked to be within its range and every number to be
// one that samples can lead to before a restored state is used; a wrong one would trap or spread.

/// A hundred times the largest sample, in the series' own unit: seasons and trends reach beyond the samples
/// they come from.
let largestLevel: Float = 1e17

/// A quantile lies above its expert by a residual quantile times a spread, which may be tens of levels. Its square
/// is a `Float` still.
let largestIssued: Float = 1e18

/// Residual quantiles and the conformal shift move by at most 1 a label, and soon by 0.15: where
/// the unit is 0 nothing stops them, and this is half a million labels.
let largestOffset: Float = 1e5

/// True if all of a record's words are `Float`s of at most this magnitude. The record must hold
/// nothing else.
func holdsFloats<Record: BitwiseCopyable>(
    _ record: Record,
    upTo bound: Float = largestLevel
) -> Bool {
    precondition(MemoryLayout<Record>.size % 4 == 0, "\(Record.self) holds more than Floats")
    return unsafe withUnsafeBytes(of: record) { bytes in
        unsafe bytes.bindMemory(to: Float.self).allSatisfy { $0.magnitude <= bound }
    }
}

extension OpenSlot {
    func isSound(slotCount: Int) -> Bool {
        (0..<slotCount).contains(Int(slot)) && peak.magnitude <= largestLevel
            && (endSecond == .min || mean.magnitude <= largestLevel)
    }
}

extension SeasonView {
    var isSound: Bool { holdsFloats(self) }
}

extension OpenBlock {
    var isSound: Bool { holdsFloats(self) }
}
