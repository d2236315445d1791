/// An amount such as `1500m` or `2Gi`, written as API servers write it back: `1000m` becomes `1`.
struct Quantity: Comparable {
    /// Billionths.
    let nanos: Int128
    private let isBinary: Bool

    private static let decimal: [(String, Int128)] = [
        ("E", 1_000_000_000_000_000_000_000_000_000), ("P", 1_000_000_000_000_000_000_000_000),
        ("T", 1_000_000_000_000_000_000_000), ("G", 1_000_000_000_000_000_000), ("M", 1_000_000_000_000_000),
        ("k", 1_000_000_000_000), ("", 1_000_000_000), ("m", 1_000_000), ("u", 1_000), ("n", 1),
    ]
    private static let binary: [(String, Int128)] = [
        ("Ei", 1_000_000_000 << 60), ("Pi", 1_000_000_000 << 50), ("Ti", 1_000_000_000 << 40),
        ("Gi", 1_000_000_000 << 30), ("Mi", 1_000_000_000 << 20), ("Ki", 1_000_000_000 << 10),
        ("", 1_000_000_000),
    ]

    /// Nil for what is no quantity.
    init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let digits = unsigned.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let suffix = String(unsigned.dropFirst(digits.count))
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, digits.contains(where: \.isNumber), digits.count <= 18,
            let unit = (Self.decimal + Self.binary.dropLast()).first(where: { $0.0 == suffix })?.1
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        var scale: Int128 = 1
        for _ in fraction { scale *= 10 }
        guard let mantissa = Int128(String(parts[0] + fraction)) else { return nil }
        let (product, overflows) = mantissa.multipliedReportingOverflow(by: unit)
        guard !overflows else { return nil }
        // What is finer than a billionth is rounded up.
        nanos = (product + scale - 1) / scale * (isNegative ? -1 : 1)
        isBinary = suffix.hasSuffix("i")
    }

    /// Numbers are quantities too.
    init?(_ value: JSON) {
        switch value {
        case .string(let text): self.init(text)
        case .integer(let integer): self.init(String(integer))
        case .number(let number): self.init(String(number))
        default: return nil
        }
    }

    static func < (one: Quantity, other: Quantity) -> Bool { one.nanos < other.nanos }
    static func == (one: Quantity, other: Quantity) -> Bool { one.nanos == other.nanos }

    /// With the largest suffix that leaves a whole number.
    var canonical: String {
        guard nanos != 0 else { return "0" }
        let units = isBinary && nanos % 1_000_000_000 == 0 ? Self.binary : Self.decimal
        let (suffix, unit) = units.first { nanos % $0.1 == 0 } ?? ("n", 1)
        return "\(nanos / unit)\(suffix)"
    }
}
