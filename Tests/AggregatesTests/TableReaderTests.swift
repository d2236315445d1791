import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// A reader refuses what it cannot read, and says what to do.
@Suite struct TableReaderTests {
    /// Opens the table after `damage` and gives the refusal; nil when it was accepted.
    private static func refusal(
        byteCount: Int? = nil,
        _ damage: (TableMemory) -> Void = { _ in }
    ) -> TableError? {
        let memory = TableMemory(slots: 4)
        _ = memory.writer()
        damage(memory)
        do throws(TableError) {
            _ = try memory.reader(byteCount: byteCount)
            return nil
        } catch {
            return error
        }
    }

    private static func offset<Field>(_ field: KeyPath<hr_table_header, Field>) -> Int {
        MemoryLayout<hr_table_header>.offset(of: field)!
    }

    @Test func soundTableIsAccepted() {
        #expect(Self.refusal() == nil)
        #expect(Self.refusal(byteCount: TableLayout.byteCount(slots: 4)) == nil)
    }

    @Test(arguments: [0, 2, 3, 1 << 20, .max] as [UInt32])
    func anotherVersionIsRefusedWithTheRemedy(version: UInt32) throws {
        let error = try #require(
            Self.refusal { $0.overwrite(Self.offset(\.version), with: version) }
        )
        #expect(error == .otherVersion(Int(version)))
        #expect(
            error.description == "the table has version \(version), this headroom reads version \(HR_TABLE_VERSION):"
                + " use the headroom that the agent was started with"
        )
    }

    @Test(arguments: [0, 1, 0x6d6f_6f72_6461_6569, .max] as [UInt64])
    func otherMagicIsNoTable(magic: UInt64) {
        let error = Self.refusal { $0.overwrite(Self.offset(\.magic), with: magic) }
        #expect(error == .notATable)
        #expect(error?.description == "this is not a headroom table")
    }

    @Test func memoryShorterThanTheHeaderIsRefusedUnread() {
        for bytes in [0, 1, 8, TableLayout.headerBytes - 1] {
            let error = Self.refusal(byteCount: bytes)
            #expect(error == .tooSmall(bytes))
            #expect(error?.description == "the table is cut short: \(bytes) bytes")
        }
    }

    @Test func memoryShorterThanItsSlotsIsRefused() {
        for bytes in [TableLayout.headerBytes, TableLayout.byteCount(slots: 4) - 1] {
            #expect(Self.refusal(byteCount: bytes) == .tooSmall(bytes))
        }
    }

    @Test(arguments: [5, 1 << 16, .max] as [UInt32])
    func headerThatPromisesMoreSlotsThanThereAreIsRefused(slots: UInt32) {
        let error = Self.refusal { $0.overwrite(Self.offset(\.slot_count), with: slots) }
        #expect(error == .tooSmall(TableLayout.byteCount(slots: 4)))
    }

    @Test func anotherLayoutOfTheSameVersionIsRefusedWithTheRemedy() {
        let text =
            "the table was laid out by another build: use the headroom that the agent was started with"
        for field in [\hr_table_header.header_bytes, \.slot_bytes] {
            for bytes in [0, 8, UInt32.max] {
                let error = Self.refusal { $0.overwrite(Self.offset(field), with: bytes) }
                #expect(error == .otherLayout)
                #expect(error?.description == text)
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func tableFullOfNoiseIsReadWithoutATrap(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let memory = TableMemory(slots: 4)
        _ = memory.writer()
        // Everything but what says where things lie.
        let start = MemoryLayout<hr_table_header>.offset(of: \.sequence)!
        for offset in stride(from: start & ~7, to: memory.byteCount - 8, by: 8) where offset >= 24 {
            memory.overwrite(offset, with: generator.next())
        }
        let reader = try memory.reader()
        for index in 0..<4 {
            guard let slot = reader.slot(index) else { continue }
            #expect(TableText.read(slot.path).unicodeScalars.count <= Int(HR_TABLE_PATH))
        }
        _ = reader.header()
    }
}
