/// Builds lines of JSON into a byte buffer that is kept between lines.
///
/// Doubles are written in the shortest form that reads back as the same bits, so equal
/// figures give equal bytes; what JSON cannot say (NaN, infinity) becomes null.
package struct JSONLine: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// The next element of the innermost object or array needs no comma.
    private var isFirst = true

    package init() {}

    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Writes one object on a line of its own.
    package mutating func line(_ type: StaticString, _ body: (inout JSONLine) -> Void) {
        isFirst = true
        bytes.append(UInt8(ascii: "{"))
        field("type", type.description)
        body(&self)
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
    }

    package mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func field(_ name: StaticString, _ value: Double) {
        key(name)
        number(value)
    }

    package mutating func field(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A figure, or null when it is not known.
    package mutating func field(
        _ name: StaticString, _ value: some BinaryInteger, unless isUnknown: Bool
    ) {
        guard isUnknown else { return field(name, value) }
        key(name)
        bytes.append(contentsOf: "null".utf8)
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func field(_ name: StaticString, _ values: [String]) {
        array(name) { line in
            for value in values { line.element { $0.string(value) } }
        }
    }

    /// Counts, without the zeros at the end.
    package mutating func counts(_ name: StaticString, _ counts: [UInt32]) {
        array(name) { line in
            for count in counts.prefix((counts.lastIndex { $0 != 0 } ?? -1) + 1) {
                line.element { $0.bytes.append(contentsOf: String(count).utf8) }
            }
        }
    }

    package mutating func object(_ name: StaticString, _ body: (inout JSONLine) -> Void) {
        key(name)
        nested("{", "}", body)
    }

    package mutating func array(_ name: StaticString, _ body: (inout JSONLine) -> Void) {
        key(name)
        nested("[", "]", body)
    }

    /// One object of an array.
    package mutating func elementObject(_ body: (inout JSONLine) -> Void) {
        element { $0.nested("{", "}", body) }
    }

    /// A number under a name that is only known at run time.
    package mutating func field(named name: String, _ value: Double) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        number(value)
    }

    /// An exact whole number or text under a name that is only known at run time.
    package mutating func field(named name: String, _ value: UInt64) {
        separate()
        string(name)
        bytes.append(contentsOf: (":" + String(value)).utf8)
    }

    package mutating func field(named name: String, _ value: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        string(value)
    }

    private mutating func element(_ body: (inout JSONLine) -> Void) {
        separate()
        body(&self)
    }

    private mutating func nested(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONLine) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        isFirst = true
        body(&self)
        isFirst = false
        bytes.append(UInt8(ascii: close))
    }

    private mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func separate() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    private mutating func number(_ value: Double) {
        guard value.isFinite else { return bytes.append(contentsOf: "null".utf8) }
        if value == value.rounded(), value.magnitude < 9e15 {
            bytes.append(contentsOf: String(Int64(value)).utf8)
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    private mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes.append(contentsOf: ("\\u00" + (digits.count == 1 ? "0" : "") + digits).utf8)
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
