/// Decimal numbers from bytes, and the words Prometheus has for what is none.
enum DecimalText {
    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Nil for what is no number. Correctly rounded: a mantissa below 2^53 and a power of ten up to
    /// 22 are both exact, and so is one operation on them (Clinger, 1990); all else is left to the
    /// standard library.
    static func parse(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
        var place = range.lowerBound
        var isNegative = false
        if place < range.upperBound, bytes[place] == UInt8(ascii: "-") {
            isNegative = true
            place += 1
        }
        var mantissa: UInt64 = 0
        var digits = 0
        var scale = 0
        var hasPoint = false
        while place < range.upperBound {
            let byte = bytes[place]
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                mantissa = mantissa &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                digits += 1
                if hasPoint { scale += 1 }
            } else {
                return slow(bytes[range])
            }
            place += 1
        }
        guard digits > 0 else { return nil }
        guard digits <= 18, mantissa < 1 << 53, scale <= 22 else { return slow(bytes[range]) }
        let value = Double(mantissa) / powers[scale]
        return isNegative ? -value : value
    }

    private static func slow(_ bytes: ArraySlice<UInt8>) -> Double? {
        let text = String(decoding: bytes, as: UTF8.self)
        switch text {
        case "NaN": return .nan
        case "+Inf", "Inf": return .infinity
        case "-Inf": return -.infinity
        default:
            guard let first = bytes.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
                return nil
            }
            return Double(text)
        }
    }
}
