/// A JSON value whose members stay in order.
enum JSONText {
    case text(String)
    /// Null when it is not finite.
    case number(Double)
    case integer(UInt64)
    case list([JSONText])
    case object([(String, JSONText)])

    static func number(_ value: Double?) -> JSONText { .number(value ?? .nan) }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text): Self.quote(text, &bytes)
        case .integer(let value): bytes += Array(String(value).utf8)
        case .number(let value):
            if !value.isFinite {
                bytes += Array("null".utf8)
            } else if value == value.rounded(), value.magnitude < 9e15 {
                bytes += Array(String(Int64(value)).utf8)
            } else {
                bytes += Array(value.description.utf8)
            }
        case .list(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.quote(member.0, &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.1.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func quote(_ text: String, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                let digits = String(byte, radix: 16)
                bytes += Array(("\\u00" + (digits.count == 1 ? "0" : "") + digits).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
