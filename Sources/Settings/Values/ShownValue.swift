/// A value in effect, as it would be written in a file.
package enum ShownValue: Hashable, Sendable {
    case text(String)
    case number(Double)
    case flag(Bool)
    case list([ShownValue])
    case record([ShownField])

    /// As YAML that reads back as the same value.
    package var yaml: String {
        switch self {
        case .text(let text): Self.isPlain(text) ? text : "\"\(Printable.escaped(text))\""
        case .number(let value): Self.number(value)
        case .flag(let value): value ? "true" : "false"
        case .list(let values): "[" + values.map(\.yaml).joined(separator: ", ") + "]"
        case .record(let fields):
            "{" + fields.map { "\($0.name): \($0.value.yaml)" }.joined(separator: ", ") + "}"
        }
    }

    /// The shortest digits that read back as the same number; whole numbers without ".0".
    static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : "\(value)"
    }

    /// Text that YAML takes as it is; a little less than the grammar allows.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

/// One part of a record.
package struct ShownField: Hashable, Sendable {
    let name: String
    let value: ShownValue
}
