/// Sixteen weights within `0...most` in 24 bytes, each as a fraction: eleven bits for lanes 0...7,
/// ten for 8...11, sixteen for 12...15. 0 is exact.
///
/// They do not sum to exactly 1; they weigh differences from the present value, so what is lost
/// is a few ten-thousandths of those. Eight bits were measurably too few at quantile 0.99, where
/// one expert leads and the others lie far away.
struct PackedWeights: BitwiseCopyable, Sendable {
    /// Lanes 0...3, 4...7 and 8...11, from the highest bit down.
    private var words: SIMD4<UInt32>
    /// Lanes 12 and 13 in the low halves, 14 and 15 in the high ones.
    private var pairs: SIMD2<UInt32>

    // The upper bits of a `Float`'s significand are the fraction itself if the number is within
    // `1..<2`; so packing adds 1, unpacking subtracts it, and neither converts an integer.
    private static let one: UInt32 = 0x3F80_0000
    private static let elevenBits: UInt32 = 0x7F_F000
    private static let tenBits: UInt32 = 0x7F_E000
    private static let sixteenBits: UInt32 = 0x7F_FF80

    /// The largest weight that can be kept.
    static let most: Float = 1 - 0x1p-10

    @inline(__always)
    init(_ weights: Lanes) {
        let first = Self.significand(weights.lowHalf.lowHalf, half: 0x1p-12) & Self.elevenBits
        let second = Self.significand(weights.lowHalf.highHalf, half: 0x1p-12) & Self.elevenBits
        let third = Self.significand(weights.highHalf.lowHalf, half: 0x1p-11) & Self.tenBits
        let last = Self.significand(weights.highHalf.highHalf, half: 0x1p-17) & Self.sixteenBits
        words = first &<< 9 | second &>> 2 | third &>> 13
        pairs = last.lowHalf &>> 7 | last.highHalf &<< 9
    }

    @inline(__always)
    var lanes: Lanes {
        let last = SIMD4(lowHalf: pairs &<< 7, highHalf: pairs &>> 9)
        return Lanes(
            lowHalf: SIMD8(
                lowHalf: Self.fraction(words &>> 9 & Self.elevenBits),
                highHalf: Self.fraction(words &<< 2 & Self.elevenBits)
            ),
            highHalf: SIMD8(
                lowHalf: Self.fraction(words &<< 13 & Self.tenBits),
                highHalf: Self.fraction(last & Self.sixteenBits)
            )
        )
    }

    /// Bits of 1 + weight, rounded at `half` a step.
    @inline(__always)
    private static func significand(_ weights: SIMD4<Float>, half: Float) -> SIMD4<UInt32> {
        unsafe unsafeBitCast(weights + (1 + half), to: SIMD4<UInt32>.self)
    }

    @inline(__always)
    private static func fraction(_ bits: SIMD4<UInt32>) -> SIMD4<Float> {
        unsafe unsafeBitCast(bits | one, to: SIMD4<Float>.self) - 1
    }
}
