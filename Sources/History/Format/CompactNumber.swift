/// A number of 0 or more in 20 bits: a binary32 whose mantissa has 11 bits, rounded to the nearest, so that
/// the error is at most 2^-12 (0.025 %). Codes grow with the numbers, and differences of codes are small where
/// numbers are near, whatever their size.
enum CompactNumber {
    private static let dropped: UInt32 = 12
    static let largestCode = UInt32(0x7F80_0000) >> dropped

    /// NaN and what is below 0 become 0; what binary32 does not hold, infinity.
    static func code(_ value: Double) -> UInt32 {
        guard value > 0 else { return 0 }
        let bits = Float(value).bitPattern
        return min(largestCode, (bits + 1 << (dropped - 1)) >> dropped)
    }

    static func value(_ code: UInt32) -> Double {
        Double(Float(bitPattern: min(code, largestCode) << dropped))
    }
}
