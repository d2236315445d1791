/// A map's key or value as its type describes it.
package indirect enum DecodedValue: Sendable {
    case number(UInt64)
    /// Of a signed type, below zero.
    case negative(Int64)
    case text(String)
    case structure([(name: String, value: DecodedValue)])
    case list([DecodedValue])
    /// A type that is not decoded; its size in bytes.
    case opaque(Int)

    /// A structure's field.
    package subscript(_ name: String) -> DecodedValue? {
        guard case .structure(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    /// A whole number that is not below zero.
    package var unsigned: UInt64? {
        guard case .number(let value) = self else { return nil }
        return value
    }
}
