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
        integer(value)
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
                line.element { $0.integer(count) }
            }
        }
    }

    package mutating func object(_ name: StaticString, _ body: (inout JSONLine) -> Void) {
        key(name)
        nested("{", "}", body)
    }

    /// A whole line that was made before.
    package mutating func append(rawLine line: some Sequence<UInt8>) {
        bytes.append(contentsOf: line)
        bytes.append(UInt8(ascii: "\n"))
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
        bytes.append(UInt8(ascii: ":"))
        integer(value)
    }

    package mutating func field(named name: String, _ value: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        string(value)
    }

    package mutating func field(named name: String, _ value: Int64) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        integer(value)
    }

    /// An object under a name that is only known at run time.
    package mutating func object(named name: String, _ body: (inout JSONLine) -> Void) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        nested("{", "}", body)
    }

    package mutating func array(named name: String, _ body: (inout JSONLine) -> Void) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        nested("[", "]", body)
    }

    /// Elements of an array that are no objects.
    package mutating func element(_ value: UInt64) { element { $0.integer(value) } }
    package mutating func element(_ value: Int64) { element { $0.integer(value) } }
    package mutating func element(_ value: String) { element { $0.string(value) } }
    package mutating func elementArray(_ body: (inout JSONLine) -> Void) {
        element { $0.nested("[", "]", body) }
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
            integer(Int64(value))
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    /// Digits straight into the buffer: most fields are whole numbers, and a String for each is
    /// what a tick's lines would mostly be made of.
    private mutating func integer(_ value: some BinaryInteger) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(value.magnitude)
        var digits: InlineArray<20, UInt8> = InlineArray(repeating: 0)  // of UInt64.max
        var first = digits.count
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in first..<digits.count { bytes.append(digits[index]) }
    }

    private mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        if value.utf8.contains(where: Self.needsEscape) {
            for byte in value.utf8 { escaped(byte) }
        } else {
            bytes.append(contentsOf: value.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escaped(_ byte: UInt8) {
        guard Self.needsEscape(byte) else { return bytes.append(byte) }
        bytes.append(UInt8(ascii: "\\"))
        guard byte < 0x20 else { return bytes.append(byte) }
        let digits = String(byte, radix: 16)
        bytes.append(contentsOf: ("u00" + (digits.count == 1 ? "0" : "") + digits).utf8)
    }
}
