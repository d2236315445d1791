/// An amount as Kubernetes writes it: `500m`, `1.5`, `2Gi`, `1e3`.
///
/// Exact to a billionth, which is as fine as Kubernetes keeps it; what is finer is rounded away from
/// zero, as there. Equality is that of the value: `1` equals `1000m`. Grammar and canonical form are
/// those of `k8s.io/apimachinery/pkg/api/resource`.
package struct ResourceQuantity: Sendable {
    /// The form in which a value is written.
    package enum Format: Sendable {
        /// `1500m`, `2G`.
        case decimal
        /// `1536Mi`.
        case binary
        /// `12e6`.
        case exponent
    }

    private static let billion: Int128 = 1_000_000_000
    /// Kubernetes caps binary amounts here without a word: `8Ei` is one less than 2^63.
    private static let greatestBinary = Int128(Int64.max) * billion
    private static let decimals: [(suffix: String, power: Int)] = [
        ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12),
        ("P", 15),
        ("E", 18),
    ]
    private static let binaries = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    /// The value in billionths.
    private let nanos: Int128
    package let format: Format

    private init(nanos: Int128, format: Format) {
        self.nanos = nanos
        self.format = format
    }

    /// Thousandths, written `250m`; of CPU, milli-cores.
    package init(milli: Int) { self.init(nanos: Int128(milli) * 1_000_000, format: .decimal) }

    /// Whole units, written `1000` or, in `.binary`, `1Ki`.
    package init(_ units: Int, format: Format = .decimal) {
        self.init(nanos: Int128(units) * ResourceQuantity.billion, format: format)
    }

    /// Thousandths, rounded up as the scheduler does; nil beyond 64 bits.
    package var milli: Int? { Int(exactly: ResourceQuantity.ceiling(nanos, 1_000_000)) }

    /// Whole units, rounded up; nil beyond 64 bits.
    package var units: Int? {
        Int(exactly: ResourceQuantity.ceiling(nanos, ResourceQuantity.billion))
    }

    /// As near as a double comes.
    package var value: Double { Double(nanos) / 1e9 }

    private static func ceiling(_ value: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }
}

extension ResourceQuantity: Hashable, Comparable {
    package static func == (left: ResourceQuantity, right: ResourceQuantity) -> Bool {
        left.nanos == right.nanos
    }
    package static func < (left: ResourceQuantity, right: ResourceQuantity) -> Bool {
        left.nanos < right.nanos
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension ResourceQuantity {
    /// Nil when `text` is not a quantity, or too large for 128 bits of billionths (about 1.7e29).
    package init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(whole.count)
        var fraction = Substring()
        if rest.first == "." {
            fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty,
            let suffix = ResourceQuantity.scale(of: String(rest)),
            let magnitude = ResourceQuantity.scaled(
                digits: whole + fraction,
                fractionDigits: fraction.count,
                suffix
            )
        else { return nil }
        let isBinary = suffix.format == .binary
        let capped = isBinary ? min(magnitude, ResourceQuantity.greatestBinary) : magnitude
        self.init(
            nanos: isNegative ? -capped : capped,
            // A part of one is never written in a binary suffix.
            format: isBinary && capped < ResourceQuantity.billion ? .decimal : suffix.format
        )
    }

    private struct Scale {
        let format: Format
        let ten: Int
        let two: Int
    }

    private static func scale(of suffix: String) -> Scale? {
        if let found = decimals.first(where: { $0.suffix == suffix }) {
            return Scale(format: .decimal, ten: found.power, two: 0)
        }
        if let index = binaries.firstIndex(of: suffix) {
            return Scale(format: .binary, ten: 0, two: 10 * index)
        }
        guard suffix.first == "e" || suffix.first == "E" else { return nil }
        let digits = suffix.dropFirst()
        // Int takes both signs, as the grammar does.
        guard let power = Int(digits), abs(power) <= 64 else { return nil }
        return Scale(format: .exponent, ten: power, two: 0)
    }

    /// Digits times the suffix in billionths, what is left over rounded up; nil when too large.
    private static func scaled(
        digits: some StringProtocol,
        fractionDigits: Int,
        _ suffix: Scale
    ) -> Int128? {
        var value: Int128 = 0
        var power = 9 + suffix.ten - fractionDigits
        var isInexact = false
        var kept = digits.drop { $0 == "0" }
        // A fraction of more digits than 128 bits hold is finer than a billionth.
        while kept.count > 37, power < 0 {
            isInexact = isInexact || kept.last != "0"
            kept = kept.dropLast()
            power += 1
        }
        for digit in kept.utf8 {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = tenfold + Int128(digit - 48)
        }
        let (doubled, overflow) = value.multipliedReportingOverflow(by: 1 << Int128(suffix.two))
        guard !overflow else { return nil }
        value = doubled
        while power > 0, value != 0 {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = tenfold
            power -= 1
        }
        while power < 0, value != 0 {
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
            isInexact = isInexact || remainder != 0
            value = quotient
            power += 1
        }
        return isInexact ? value + 1 : value
    }
}

extension ResourceQuantity: CustomStringConvertible {
    /// The canonical form: no fraction, and the largest suffix that loses nothing.
    package var description: String {
        if nanos == 0 { return "0" }
        let isWhole = nanos % ResourceQuantity.billion == 0
        guard format == .binary, isWhole, abs(nanos) >= 1024 * ResourceQuantity.billion else {
            return decimalDescription
        }
        var number = nanos / ResourceQuantity.billion
        var index = 0
        while number % 1024 == 0, index < ResourceQuantity.binaries.count - 1 {
            number /= 1024
            index += 1
        }
        return "\(number)\(ResourceQuantity.binaries[index])"
    }

    private var decimalDescription: String {
        var number = nanos
        var power = -9
        while number % 1000 == 0 {
            number /= 1000
            power += 3
        }
        let suffix = ResourceQuantity.decimals.first { $0.power == power }?.suffix
        guard format != .exponent, let suffix else {
            return power == 0 ? "\(number)" : "\(number)e\(power)"
        }
        return "\(number)\(suffix)"
    }
}

extension ResourceQuantity: Codable {
    /// Custom resources may hold a bare number where others hold a string.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text: String
        if let written = try? container.decode(String.self) {
            text = written
        } else if let whole = try? container.decode(Int.self) {
            text = String(whole)
        } else {
            text = String(try container.decode(Double.self))
        }
        guard let quantity = ResourceQuantity(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text)\" is not a quantity; expected such as 500m or 2Gi"
            )
        }
        self = quantity
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Amounts by the resource's name: `cpu`, `memory` and others.
package typealias ResourceList = [String: ResourceQuantity]
