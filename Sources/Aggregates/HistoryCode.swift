/// Non-negative numbers in 16 bits, for the history that the shared table keeps: six bits of
/// exponent and ten of fraction, so that 10 µs of a core and tens of TiB both keep three figures.
///
/// Relative error at most 2⁻¹¹ from 2⁻¹⁶ up; below that the steps are 2⁻²⁶. Order is kept: a larger
/// number never has a smaller code.
package enum HistoryCode {
    /// Not measured, not known, or no window.
    package static let unknown: UInt16 = .max
    private static let fractionBits = 10
    /// Exponent of the codes of field 1; those of field 0 have its steps and begin at 0.
    private static let leastExponent = -16
    private static let step = Float(sign: .plus, exponent: leastExponent - fractionBits, significand: 1)

    /// Negative numbers count as 0, those that are too large as the largest; NaN is unknown.
    package static func encode(_ value: Float) -> UInt16 {
        guard !value.isNaN else { return unknown }
        guard value > 0 else { return 0 }
        // Within field 0 and 1 the steps are the same.
        if value < Float(sign: .plus, exponent: leastExponent, significand: 1) {
            return UInt16((value / step).rounded())
        }
        // Rounded to ten bits of fraction; a carry goes into the exponent, as it should.
        let bits = UInt64(value.bitPattern) + (1 << 12)
        let bias = UInt64(127 + leastExponent - 1) << UInt64(fractionBits)
        let code = (bits >> 13) - bias
        return UInt16(min(code, UInt64(unknown - 1)))
    }

    /// NaN for what is unknown.
    package static func decode(_ code: UInt16) -> Float {
        guard code != unknown else { return .nan }
        let field = Int(code >> UInt16(fractionBits))
        let fraction = Float(code & ((1 << UInt16(fractionBits)) - 1))
        guard field > 0 else { return fraction * step }
        let whole = Float(1 << fractionBits) + fraction
        return whole * Float(sign: .plus, exponent: field - 1, significand: step)
    }
}
