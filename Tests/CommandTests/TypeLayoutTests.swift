import Probes
import Testing

@testable import headroom

/// Bytes read by layouts of known types.
@Suite struct TypeLayoutTests {
    private static let u8 = TypeLayout.integer(bytes: 1, isSigned: false)
    private static let u32 = TypeLayout.integer(bytes: 4, isSigned: false)

    @Test func aStructureIsItsFieldsWithoutPadding() {
        // struct { u8 a; u8 pad; i16 b; u32 low:3, high:7; char name[4]; u8 set[2]; }
        let layout = TypeLayout.structure(
            bytes: 14,
            fields: [
                .init("a", bitOffset: 0, Self.u8), .init("pad", bitOffset: 8, Self.u8),
                .init("b", bitOffset: 16, .integer(bytes: 2, isSigned: true)),
                .init("low", bitOffset: 32, bitCount: 3, Self.u32),
                .init("high", bitOffset: 35, bitCount: 7, Self.u32),
                .init("name", bitOffset: 64, .text(bytes: 4)),
                .init("set", bitOffset: 96, .array(count: 2, of: Self.u8)),
            ])
        let bytes: [UInt8] = [7, 99, 0xfe, 0xff, 0b1010_1101, 0b10, 0, 0, 104, 105, 0, 120, 3, 4]
        let value = layout.decode(bytes[...])
        #expect(value.text == "a 7, b -2, low 5, high 85, name \"hi\", set [3 4]")
    }

    @Test func bytesThatAreNotThereMakeItOpaque() {
        #expect(Self.u32.decode([1, 2, 3][...]).text == "(3 bytes)")
        #expect(TypeLayout.opaque(bytes: 2).decode([1, 2, 3][...]).text == "(2 bytes)")
    }

    /// Slices of a larger buffer do not begin at 0.
    @Test func aSliceIsReadFromItsOwnStart() {
        let bytes: [UInt8] = [9, 9, 9, 1, 0, 0, 0, 2, 0, 0, 0]
        let layout = TypeLayout.array(count: 2, of: Self.u32)
        #expect(layout.decode(bytes[3...]).text == "[1 2]")
    }

    @Test func structuresWithinStructuresAreShownInBraces() {
        let inner = TypeLayout.structure(bytes: 4, fields: [.init("from", bitOffset: 0, Self.u32)])
        let outer = TypeLayout.structure(bytes: 4, fields: [.init("steps", bitOffset: 0, inner)])
        #expect(outer.decode([3, 0, 0, 0][...]).text == "steps {from 3}")
    }
}
