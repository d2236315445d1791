/// One number per expert. Sixteen lanes: four SSE registers.
typealias Lanes = SIMD16<Float>

// The library's `pointwiseMax`, `max()` and `sum()` go lane by lane through memory, and masks are
// compared with zero again when used; these stay in registers, in a fixed order.
extension SIMD16<Float> {
    /// Every lane, raised to `bound` where it is below: half of the sum and the distance, exact
    /// for a `bound` of 0, else to 6e-8 of the larger magnitude.
    @inline(__always)
    func atLeast(_ bound: Float) -> Self {
        (self + bound + (self - bound).magnitudes) * 0.5
    }

    /// Every lane without its sign.
    @inline(__always)
    var magnitudes: Self {
        let bits = unsafe unsafeBitCast(self, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF
        return unsafe unsafeBitCast(bits, to: Self.self)
    }

    @inline(__always)
    var total: Float {
        let eight = lowHalf + highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    /// The largest lane, to 6e-8 of the largest magnitude.
    @inline(__always)
    var roughMaximum: Float {
        let eight = lowHalf + highHalf + Self.magnitudes(lowHalf - highHalf)
        let apart = eight.lowHalf - eight.highHalf
        let bits = unsafe unsafeBitCast(apart, to: SIMD4<UInt32>.self) & 0x7FFF_FFFF
        let distance = unsafe unsafeBitCast(bits, to: SIMD4<Float>.self)
        let four = eight.lowHalf + eight.highHalf + distance
        return Swift.max(Swift.max(four.x, four.y), Swift.max(four.z, four.w)) * 0.25
    }

    @inline(__always)
    private static func magnitudes(_ eight: SIMD8<Float>) -> SIMD8<Float> {
        let bits = unsafe unsafeBitCast(eight, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF
        return unsafe unsafeBitCast(bits, to: SIMD8<Float>.self)
    }

    /// 2^x for x in `-92...0`, smaller x as -92: the binary exponent from the whole part and a
    /// straight line between powers, at most 6 % too high and monotone, which is all that weights
    /// need; the least result, 2e-28, is no denormal. The sum with 2^15 rounds to eight places
    /// behind the point, where the bits are those of the result's exponent and significand. No
    /// library call: the same bits on every machine.
    @inline(__always)
    var powerOfTwo: Self {
        let shifted = atLeast(-92) + (32_768 + 127)
        let bits = unsafe unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &<< 15
        return unsafe unsafeBitCast(bits, to: Self.self)
    }

    /// 1/root of every lane, each at least 2^-120, to 0.07 %: the exponent halved and negated in
    /// integers, then one of Newton's steps with constants that spread its error evenly (Jan
    /// Kadlec, 2010). `squareRoot()` takes the lanes one by one.
    @inline(__always)
    var reciprocalRoot: Self {
        let bits = unsafe unsafeBitCast(self, to: SIMD16<UInt32>.self)
        let root = unsafe unsafeBitCast(0x5F1F_FFF9 &- bits &>> 1, to: Self.self)
        return root * 0.703_952_253 * (2.389_244_56 - self * root * root)
    }
}
