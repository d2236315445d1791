/// Numbers with a unit: `300s`, `1.5GiB`.
struct UnitText: Sendable {
    /// Suffix and factor, largest first; the first is what people are told to write.
    let units: [(suffix: String, factor: Double)]

    /// To nanoseconds.
    static let duration = UnitText(units: [
        ("d", 86_400e9), ("h", 3_600e9), ("m", 60e9), ("s", 1e9), ("ms", 1e6), ("us", 1e3),
        ("ns", 1),
    ])

    /// To bytes.
    static let size = UnitText(units: [
        ("TiB", 0x1p40), ("GiB", 0x1p30), ("MiB", 0x1p20), ("KiB", 0x1p10), ("TB", 1e12),
        ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1),
    ])

    /// - Parameter bare: the factor of a number without a unit; nil where a unit is needed.
    ///   Zero never needs one.
    func parse(_ text: String, bare: Double?) throws(Refusal) -> Double {
        let digits = text.prefix {
            $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+")
        }
        guard let value = DecimalText.parse(String(digits)) else {
            throw Refusal(reason: "\(Printable.quoted(text)) is not a number with a unit")
        }
        let suffix = String(text.dropFirst(digits.count))
        if suffix.isEmpty {
            if let bare { return value * bare }
            guard value == 0 else { throw Refusal(reason: "\(Printable.quoted(text)) has no unit") }
            return 0
        }
        guard let unit = units.first(where: { $0.suffix == suffix }) else {
            let known = units.map(\.suffix)
            let meant = known.first { $0.lowercased() == suffix.lowercased() }
            throw Refusal(
                reason:
                    "\(Printable.quoted(text)): \(Printable.quoted(suffix)) is none of the units "
                    + known.joined(separator: ", "),
                suggestion: meant.map { digits + $0 }
            )
        }
        return value * unit.factor
    }

    /// In the largest unit that makes it a whole number, else in the smallest.
    func text(_ value: Double) -> String {
        let unit = units.first { value != 0 && (value / $0.factor).rounded() * $0.factor == value }
        guard let unit else {
            return value == 0 ? "0" : ShownValue.number(value) + units.last!.suffix
        }
        return ShownValue.number(value / unit.factor) + unit.suffix
    }
}
