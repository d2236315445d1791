/// One number per expert. Sixteen lanes: four SSE registers.
typealias Lanes = SIMD16<Float>

// The library's `pointwiseMax`, `max()` and `sum()` go lane by lane through memory; these stay in
// registers, in a fixed order.
extension SIMD16<Float> {
    /// Every lane, raised to `bound` where it is below.
    @inline(__always)
    func atLeast(_ bound: Float) -> Self {
        replacing(with: Self(repeating: bound), where: self .< Self(repeating: bound))
    }

    /// Every lane without its sign.
    @inline(__always)
    var magnitudes: Self { replacing(with: -self, where: self .< .zero) }

    @inline(__always)
    var total: Float {
        let eight = lowHalf + highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    @inline(__always)
    var maximum: Float {
        let eight = lowHalf.replacing(with: highHalf, where: lowHalf .< highHalf)
        let high = eight.highHalf
        let four = eight.lowHalf.replacing(with: high, where: eight.lowHalf .< high)
        return Swift.max(Swift.max(four.x, four.y), Swift.max(four.z, four.w))
    }

    /// e^x for x in `-64...0`, by eight squarings of 1 + x/256: within 2 % down to -3 and a
    /// monotone underestimate below, which is all that weights need; the least result, 1e-32, is
    /// no denormal. No library call: the same bits on every machine.
    @inline(__always)
    var exponentialOfNonPositive: Self {
        let base = atLeast(-64) * (1 / 256) + 1
        let squared = base * base
        let fourth = squared * squared
        let eighth = fourth * fourth
        let power16 = eighth * eighth
        let power32 = power16 * power16
        let power64 = power32 * power32
        let power128 = power64 * power64
        return power128 * power128
    }

    /// 1/root of every lane, each at least 2^-120: the exponent halved and negated in integers,
    /// then two of Newton's steps; within 5e-6. `squareRoot()` takes the lanes one by one.
    @inline(__always)
    var reciprocalRoot: Self {
        let bits = unsafe unsafeBitCast(self, to: SIMD16<UInt32>.self)
        var root = unsafe unsafeBitCast(0x5F37_59DF &- bits &>> 1, to: Self.self)
        let half = self * 0.5
        root *= 1.5 - half * root * root
        root *= 1.5 - half * root * root
        return root
    }
}
