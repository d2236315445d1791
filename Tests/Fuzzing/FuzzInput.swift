/// Takes what a target needs off an input, from its front; zeros and nothing once it is used up. So every input says
/// something, and a change of one byte changes little: what libFuzzer needs to find its way.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// Little-endian.
    mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        var value: Number = 0
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            value |= Number(truncatingIfNeeded: UInt64(byte()) << UInt64(shift))
        }
        return value
    }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    /// Bytes with their length, 16 bits, before them; what is left when that is less.
    mutating func piece() -> ArraySlice<UInt8> { bytes(Int(number(UInt16.self))) }
}
