import Probes
import Testing

@testable import headroom

/// Copies of CPUs made into what is shown of a slot.
@Suite struct EntryReaderTests {
    private static let u64 = TypeLayout.integer(bytes: 8, isSigned: false)
    private static let netSlot = TypeLayout.structure(
        bytes: 32,
        fields: [
            .init("owner", bitOffset: 0, u64), .init("rx_bytes", bitOffset: 64, u64),
            .init("connects", bitOffset: 128, u64), .init("unknown", bitOffset: 192, u64),
        ])
    private static let names = CgroupNames(
        paths: [7: "/web"], tenants: [5: (cgroupID: 7, owner: 11)], diskShards: 2)

    private static func bytes(_ words: [UInt64]) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (UInt64($0) * 8)) } }
    }

    private func texts(
        _ copies: [[UInt64]], perCPU: Bool, key: UInt64 = 5, map: String = "hr_net_slots"
    ) -> [String] {
        let info = MapInfo(
            name: map, type: "percpu_array", keyBytes: 4, valueBytes: 32, maxEntries: 8, copies: copies.count)
        let layout = MapLayout(key: .integer(bytes: 4, isSigned: false), value: Self.netSlot)
        let reader = EntryReader(.of(map), info, layout, Self.names, perCPU: perCPU)
        let value = Self.bytes(copies.flatMap(\.self))
        return reader.entries(Self.bytes([key]).prefix(4), value[...]).map(\.text)
    }

    @Test func countersAddUpOverCPUsAndTheRestIsLeftOut() {
        let shown = texts([[11, 100, 1, 4], [0, 0, 0, 0], [11, 50, 2, 6]], perCPU: false)
        #expect(shown == ["[5] /web: owner 11, rx_bytes 150, connects 3"])
    }

    @Test func eachCPUThatCountedIsShownWhenAsked() {
        let shown = texts([[11, 100, 1, 4], [0, 0, 0, 0], [11, 50, 2, 6]], perCPU: true)
        #expect(
            shown == [
                "[5] /web cpu 0: owner 11, rx_bytes 100, connects 1, unknown 4",
                "[5] /web cpu 2: owner 11, rx_bytes 50, connects 2, unknown 6",
            ])
    }

    /// A slot is used again: what an earlier tenant left on a CPU is not the present one's.
    @Test func countsOfAFormerTenantAreNotAddedToThePresentOnes() {
        let shown = texts([[11, 100, 1, 0], [10, 7, 0, 0], [11, 1, 0, 0]], perCPU: false)
        #expect(
            shown == [
                "[5] /web: owner 11, rx_bytes 101, connects 1", "[5] (gone): owner 10, rx_bytes 7, connects 0",
            ])
    }

    @Test func anEntryThatIsAllZeroIsLeftOut() {
        #expect(texts([[0, 0, 0, 0], [0, 0, 0, 0]], perCPU: false).isEmpty)
    }

    @Test func theSlotOfTheOthersHasNoOwner() {
        #expect(texts([[0, 3, 0, 0]], perCPU: false, key: 0) == ["[0] /(other): owner 0, rx_bytes 3, connects 0"])
    }

    /// Fields of such a map are states: a sum of them would say nothing.
    @Test func aMapWithoutCountersIsShownByCPU() {
        let shown = texts([[1, 2, 3, 4]], perCPU: false, key: 0, map: "hr_running")
        #expect(shown == ["[0] cpu 0: owner 1, rx_bytes 2, connects 3, unknown 4"])
    }
}
