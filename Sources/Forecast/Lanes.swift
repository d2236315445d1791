/// One number per expert. Sixteen lanes: four SSE registers.
typealias Lanes = SIMD16<Float>

extension SIMD16<Float> {
    /// e^x for x in `-80...0`, by eight squarings of 1 + x/256: within 2 % down to -3 and a
    /// monotone underestimate below, which is all that weights need. No library call: the same
    /// bits on every machine.
    var exponentialOfNonPositive: Self {
        var power = pointwiseMax(self, Self(repeating: -80)) * (1 / 256) + 1
        for _ in 0..<8 { power *= power }
        return power
    }
}
