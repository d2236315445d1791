extension ValueKind where Value == Double {
    /// A number that `isGood`; `expected` says which those are.
    static func number(
        _ expected: String,
        isGood: @escaping @Sendable (Double) -> Bool
    ) -> ValueKind {
        ValueKind(
            expected: expected,
            parse: { node throws(Refusal) in
                let text = try node.plainText()
                guard let value = DecimalText.parse(text) else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is not a number")
                }
                guard isGood(value) else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is out of range")
                }
                return value
            },
            show: { .number($0) }
        )
    }

    /// Bytes, more than `least`; below 10^18, so that they are exact enough and fit 64 bits.
    static func size(_ least: Double, orMore isIncluded: Bool, example: String) -> ValueKind {
        let start =
            isIncluded ? "from \(UnitText.size.text(least))" : "above \(UnitText.size.text(least))"
        return ValueKind(
            expected: "a size \(start), such as \(example)",
            parse: { node throws(Refusal) in
                let text = try node.text()
                let value = try UnitText.size.parse(text, bare: node.isArgument ? 1 : nil)
                guard value < 1e18, isIncluded ? value >= least : value > least else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is out of range")
                }
                return value
            },
            show: { .text(UnitText.size.text($0)) }
        )
    }
}

extension ValueKind where Value == Int64 {
    /// Nanoseconds.
    static func duration(_ range: ClosedRange<Int64>, example: String) -> ValueKind {
        let least = UnitText.duration.text(Double(range.lowerBound))
        let most = UnitText.duration.text(Double(range.upperBound))
        return ValueKind(
            expected: "a duration from \(least) to \(most), such as \(example)",
            parse: { node throws(Refusal) in
                let text = try node.text()
                let value = try UnitText.duration.parse(text, bare: node.isArgument ? 1e9 : nil)
                guard value >= Double(range.lowerBound), value <= Double(range.upperBound) else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is out of range")
                }
                return Int64(value.rounded())
            },
            show: { .text(UnitText.duration.text(Double($0))) }
        )
    }
}

extension ValueKind where Value == Int {
    static func count(_ range: ClosedRange<Int>) -> ValueKind {
        ValueKind(
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { node throws(Refusal) in
                let text = try node.plainText()
                guard let value = Int(text) else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is not a whole number")
                }
                guard range.contains(value) else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is out of range")
                }
                return value
            },
            show: { .number(Double($0)) }
        )
    }

    /// Bytes, a power of two, as the kernel's rings need.
    static func powerOfTwo(_ range: ClosedRange<Int>, example: String) -> ValueKind {
        let least = UnitText.size.text(Double(range.lowerBound))
        let most = UnitText.size.text(Double(range.upperBound))
        return ValueKind(
            expected: "a power of two from \(least) to \(most), such as \(example)",
            parse: { node throws(Refusal) in
                let text = try node.text()
                let value = try UnitText.size.parse(text, bare: node.isArgument ? 1 : nil)
                guard value >= Double(range.lowerBound), value <= Double(range.upperBound) else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is out of range")
                }
                guard let bytes = Int(exactly: value), bytes.nonzeroBitCount == 1 else {
                    throw Refusal(reason: "\(Printable.quoted(text)) is not a power of two")
                }
                return bytes
            },
            show: { .text(UnitText.size.text(Double($0))) }
        )
    }
}
