/// The upper half of a `Float`: sign, exponent and seven bits of the significand, rounded; a
/// relative error of at most 0.4 % in half the memory.
struct HalfFloat: BitwiseCopyable, Sendable {
    /// As an integer, so that the larger of two of either sign, one not negative, is the larger.
    private let bits: Int16

    init(_ value: Float) {
        bits = Int16(truncatingIfNeeded: (value.bitPattern &+ 0x8000) >> 16)
    }

    var value: Float { Float(bitPattern: UInt32(UInt16(bitPattern: bits)) << 16) }

    var isNegative: Bool { bits < 0 }

    /// The larger one, if not both are negative.
    @inline(__always)
    static func larger(_ first: HalfFloat, _ second: HalfFloat) -> HalfFloat {
        first.bits < second.bits ? second : first
    }
}
