/// A map's key or value as its BTF type describes it.
package indirect enum DecodedValue: Sendable {
    case number(UInt64)
    case text(String)
    case structure([(name: String, value: DecodedValue)])
    case list([DecodedValue])
    /// A type that is not decoded; its size in bytes.
    case opaque(Int)
}
