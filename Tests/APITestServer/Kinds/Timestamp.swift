/// RFC 3339, as Kubernetes has it on the wire.
enum Timestamp {
    /// `2026-01-02T03:04:05Z`, or with an offset or a fraction.
    static func isTime(_ text: String) -> Bool { fraction(text) != nil }

    /// With a fraction of exactly six digits.
    static func isMicroTime(_ text: String) -> Bool { fraction(text) == 6 }

    /// Digits after the second; nil when it is no time.
    private static func fraction(_ text: String) -> Int? {
        let shape = "0000-00-00T00:00:00"
        guard text.count > shape.count,
            zip(text, shape).allSatisfy({ $1 == "0" ? $0.isASCII && $0.isNumber : $0 == $1 })
        else { return nil }
        var rest = text.dropFirst(shape.count)
        var digits = 0
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            digits = fraction.count
            guard digits > 0 else { return nil }
            rest = rest.dropFirst(digits + 1)
        }
        let isOffset = rest.count == 6 && (rest.first == "+" || rest.first == "-")
        return rest == "Z" || isOffset ? digits : nil
    }
}
