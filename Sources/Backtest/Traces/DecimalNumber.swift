/// Reads decimal numbers from ASCII, correctly rounded.
package enum DecimalNumber {
    /// The value of `text`, infinite or NaN included; `nil` when it is not a decimal number.
    ///
    /// Up to 15 digits and 22 places are exact in two doubles, so their quotient is correctly
    /// rounded (Clinger 1990); everything else goes through the standard library.
    package static func parse(_ text: ArraySlice<UInt8>) -> Double? {
        var mantissa: UInt64 = 0
        var digits = 0
        var places = 0
        var seenPoint = false
        for byte in text {
            switch byte {
            case 0x30...0x39 where digits < 15:
                mantissa = mantissa * 10 + UInt64(byte - 0x30)
                digits += 1
                if seenPoint { places += 1 }
            case 0x2E where !seenPoint:
                seenPoint = true
            default:
                return general(text)
            }
        }
        guard digits > 0 else { return nil }
        return Double(mantissa) / powersOfTen[places]
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private static func general(_ text: ArraySlice<UInt8>) -> Double? {
        // Hexadecimal floats are numbers to Swift and a mistake in a trace.
        guard !text.contains(0x78), !text.contains(0x58) else { return nil }
        return Double(String(decoding: text, as: UTF8.self))
    }
}
