/// How the bytes of one BTF type are to be read and written: compiled once, then used without libbpf.
///
/// Little-endian, as every machine is that the probes are built for.
package indirect enum TypeLayout: Sendable, Hashable {
    /// A whole number of 1 to 8 bytes; enums, pointers and booleans are such numbers too.
    case integer(bytes: Int, isSigned: Bool)
    /// `char[n]`: text up to the first NUL.
    case text(bytes: Int)
    case array(count: Int, of: TypeLayout)
    /// A struct, a union or a section of variables.
    case structure(bytes: Int, fields: [Field])
    /// A type that is not read.
    case opaque(bytes: Int)

    package struct Field: Sendable, Hashable {
        package let name: String
        /// From the structure's start.
        package let bitOffset: Int
        /// Of a bit-field; nil for a whole value.
        package let bitCount: Int?
        package let layout: TypeLayout

        package init(_ name: String, bitOffset: Int, bitCount: Int? = nil, _ layout: TypeLayout) {
            self.name = name
            self.bitOffset = bitOffset
            self.bitCount = bitCount
            self.layout = layout
        }

        /// Kept out of sight: nobody reads padding.
        var isPadding: Bool { name.isEmpty || name == "pad" || name == "pad2" }
    }

    package var byteCount: Int {
        switch self {
        case .integer(let bytes, _), .text(let bytes), .structure(let bytes, _), .opaque(let bytes): bytes
        case .array(let count, let element): count * element.byteCount
        }
    }

    /// Reads a value; bytes that are not there make it opaque. O(bytes).
    package func decode(_ bytes: ArraySlice<UInt8>) -> DecodedValue {
        guard bytes.count >= byteCount else { return .opaque(bytes.count) }
        switch self {
        case .integer(let count, let isSigned):
            return Self.number(Self.bits(bytes.prefix(count), from: 0, count: count * 8), count * 8, isSigned)
        case .text(let count):
            return .text(String(decoding: bytes.prefix(count).prefix { $0 != 0 }, as: UTF8.self))
        case .array(let count, let element):
            let stride = element.byteCount
            return .list((0..<count).map { element.decode(bytes.dropFirst($0 * stride).prefix(stride)) })
        case .structure(_, let fields):
            return .structure(
                fields.filter { !$0.isPadding }.map { ($0.name, Self.decode($0, of: bytes)) })
        case .opaque(let count):
            return .opaque(count)
        }
    }

    private static func decode(_ field: Field, of bytes: ArraySlice<UInt8>) -> DecodedValue {
        let rest = bytes.dropFirst(field.bitOffset / 8)
        guard let count = field.bitCount, case .integer(_, let isSigned) = field.layout else {
            return field.layout.decode(rest)
        }
        let within = field.bitOffset % 8
        guard rest.count * 8 >= within + count, count <= 56 else { return .opaque(0) }
        return number(bits(rest.prefix((within + count + 7) / 8), from: within, count: count), count, isSigned)
    }

    /// At most 64 bits of little-endian bytes.
    private static func bits(_ bytes: ArraySlice<UInt8>, from first: Int, count: Int) -> UInt64 {
        let whole = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return count >= 64 ? whole >> first : (whole >> first) & (1 << count - 1)
    }

    private static func number(_ bits: UInt64, _ count: Int, _ isSigned: Bool) -> DecodedValue {
        guard isSigned, count > 0, count <= 64, bits >> (count - 1) & 1 == 1 else { return .number(bits) }
        return .negative(Int64(bitPattern: count == 64 ? bits : bits | ~0 << count))
    }

    /// In words, for who has to write one: `a number of 4 bytes`, `owner=, slot=`.
    package var description: String {
        switch self {
        case .integer(let bytes, _): "a number of \(bytes) bytes"
        case .text(let bytes): "text of at most \(bytes - 1) bytes"
        case .array(let count, let element): "\(count) of \(element.description)"
        case .structure(_, let fields):
            "fields " + fields.filter { !$0.isPadding }.map { "\($0.name)=…" }.joined(separator: ",")
        case .opaque(let bytes): "\(bytes) bytes in hexadecimal"
        }
    }
}
