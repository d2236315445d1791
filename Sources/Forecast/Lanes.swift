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

    /// e^x for x in `-80...0`, by eight squarings of 1 + x/256: within 2 % down to -3 and a
    /// monotone underestimate below, which is all that weights need. No library call: the same
    /// bits on every machine.
    @inline(__always)
    var exponentialOfNonPositive: Self {
        var power = atLeast(-80) * (1 / 256) + 1
        for _ in 0..<8 { power *= power }
        return power
    }
}
