import Probes
import Testing

/// Keys as people write them, against the bytes that the kernel would compare.
@Suite struct KeyTextTests {
    static let u32 = TypeLayout.integer(bytes: 4, isSigned: false)
    static let u64 = TypeLayout.integer(bytes: 8, isSigned: false)
    static let i16 = TypeLayout.integer(bytes: 2, isSigned: true)
    /// struct { u64 owner; u32 slot; u32 pad; }
    static let reference = TypeLayout.structure(
        bytes: 16,
        fields: [
            .init("owner", bitOffset: 0, u64), .init("slot", bitOffset: 64, u32),
            .init("pad", bitOffset: 96, u32),
        ])

    @Test(
        arguments: [
            ("0", u32, [0, 0, 0, 0]),
            ("258", u32, [2, 1, 0, 0]),
            ("0x0102", u32, [2, 1, 0, 0]),
            ("4294967295", u32, [255, 255, 255, 255]),
            ("18446744073709551615", u64, [UInt8](repeating: 255, count: 8)),
            ("-2", i16, [254, 255]),
            ("-32768", i16, [0, 128]),
            ("32767", i16, [255, 127]),
            ("hex:0a000000", u32, [10, 0, 0, 0]),
            ("hex:0a 00 00 00", u32, [10, 0, 0, 0]),
            ("hex:0A:00:00:00", u32, [10, 0, 0, 0]),
            ("owner=9,slot=258", reference, [9, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]),
            ("slot=1", reference, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
            ("ab", TypeLayout.text(bytes: 4), [97, 98, 0, 0]),
        ] as [(String, TypeLayout, [UInt8])])
    func becomesTheBytesInMemory(text: String, layout: TypeLayout, bytes: [UInt8]) throws {
        #expect(try KeyText.bytes(text, as: layout) == bytes)
    }

    @Test(
        arguments: [
            ("", u32, "is not a number"),
            ("twelve", u32, "is not a number"),
            ("+1", u32, "is not a number"),
            ("-1", u32, "out of range"),
            ("4294967296", u32, "0...4294967295"),
            ("0x", u32, "is not a number"),
            ("32768", i16, "-32768...32767"),
            ("-32769", i16, "out of range"),
            ("hex:0a", u32, "expected 4 pairs of hexadecimal digits, such as hex:0000000a"),
            ("hex:0a0000zz", u32, "\"zz\" is no byte"),
            ("hex:+a-b0000", u32, "is no byte"),
            ("9", reference, "expected fields owner=…,slot=…"),
            ("owner=9,size=1", reference, "\"size\" is no field"),
            ("slot=1,slot=2", reference, "given twice"),
            ("slot=many", reference, "slot: \"many\" is not a number"),
            ("slot=1,", reference, "has no value"),
            ("abcd", TypeLayout.text(bytes: 4), "text of at most 3 bytes"),
            ("7", TypeLayout.opaque(bytes: 3), "expected hex: and 3 bytes"),
        ] as [(String, TypeLayout, String)])
    func whatIsNoKeyIsRefusedWithWhatWasExpected(text: String, layout: TypeLayout, words: String) {
        let refusal = #expect(throws: KeyText.Refusal.self) { try KeyText.bytes(text, as: layout) }
        #expect(refusal?.description.contains(words) == true, "\(refusal?.description ?? "")")
    }

    /// What is read back of a key's bytes is what was written.
    @Test(arguments: [UInt64(0), 1, 255, 256, 1 << 31, .max])
    func numbersComeBack(number: UInt64) throws {
        let bytes = try KeyText.bytes(String(number), as: Self.u64)
        #expect(Self.u64.decode(bytes[...]).unsigned == number)
    }
}
