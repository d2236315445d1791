import Aggregates
import Backtest
import Testing

/// Truth: the text below, compressed by zlib 1.2.13 in each of deflate's three kinds of block.
@Suite struct GzipTests {
    private static let rows = 40
    private static let dynamicCodes = bytes(
        "1f8b08000000000002033d8f4b0ac3300c05f73e8b097acff2ef34a5842eba080492debfd896b29d079a"
            + "d1fd3d3ed7fd3eced715f7f31724cac61c8a446c39801219d08c52174e32702a86950b6b1b38eb7363e1"
            + "5206ae345cdbc24d07ee62b8bb5296535c0ae8133317ba17c9c448d30c7535b2b991a71cc5ed28a64755"
            + "fbcd97e6057d15f4e76db1026216105e405a01390b98bce00fd5eee51f58010000"
    )
    private static let fixedCodes = bytes(
        "1f8b08000000000002032bc9cc4d2d2e49cc2d882fd6492e28e532d031d03332e53233d031d433e53234"
            + "32d031e232b4808a1a9940848d0d40c2c6665061132388b0890548d8d4046e0644d8cc0c246c6e041536"
            + "b780085b9880842d0da0c296302b0d20761ac02c353434813b062c6304b3d7d0186ab1a131d866431398"
            + "d586a650bb0d4dc1961b9ac16c3734835a6f686e02f51b4cc602e6024b880b2ce1de3680bac0c810ec02"
            + "2343980b8c8ca02e303202bbc0c818e60200d5eee51f58010000"
    )

    /// The same text in a stored block, whose header is written out here.
    private static let stored: [UInt8] = {
        let text = Array(Self.text.utf8)
        let count = [UInt8(text.count & 0xFF), UInt8(text.count >> 8)]
        let lengths = count + count.map { ~$0 }
        return Array(fixedCodes[..<10]) + [1] + lengths + text
            + Array(fixedCodes[(fixedCodes.count - 8)...])
    }()

    private static var text: String {
        "timestamp_s,cpu\n"
            + (0..<rows).map { "\($0 * 60),\(["0.25", "1.5", "2"][$0 % 3])\n" }.joined()
    }

    @Test(arguments: ["dynamic", "fixed", "stored"])
    func eachKindOfBlockIsRead(kind: String) throws {
        #expect(try values(Self.file(kind)) == Self.expected)
    }

    /// A member after a member continues the text: the second header is a malformed row then.
    @Test func membersThatFollowOneAnotherAreOneText() {
        let error = #expect(throws: TraceError.self) {
            _ = try values(Self.dynamicCodes + Self.fixedCodes)
        }
        #expect(error?.line == Self.rows + 2)
        #expect(error?.problem == .time("timestamp_s"))
    }

    @Test(arguments: ["dynamic", "fixed", "stored"])
    func aCutFileIsNamedDamaged(kind: String) {
        let whole = Self.file(kind)
        for count in stride(from: 2, to: whole.count, by: 5) {
            let error = #expect(throws: TraceError.self) {
                _ = try values(Array(whole.prefix(count)))
            }
            guard case .damagedGzip = error?.problem else {
                Issue.record("\(count) of \(whole.count) bytes: \(String(describing: error))")
                return
            }
        }
    }

    /// Bits of every byte, one at a time: what is read is right, or it throws.
    @Test(arguments: ["dynamic", "fixed", "stored"])
    func noFlippedBitIsTakenForData(kind: String) {
        let whole = Self.file(kind)
        for bit in stride(from: 0, to: 8 * whole.count, by: 11) {
            var bytes = whole
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            // Bits of the header that carry no meaning may be anything.
            if let read = try? values(bytes) { #expect(read == Self.expected, "bit \(bit)") }
        }
    }

    @Test func theApplicationIsNamedWithoutBothEndings() throws {
        let file = TemporaryFile(name: "web.csv.gz", bytes: Self.dynamicCodes)
        #expect(try TraceReader(path: file.path).application == "web")
    }

    private static var expected: [Double] { (0..<rows).map { [0.25, 1.5, 2][$0 % 3] } }

    private static func file(_ kind: String) -> [UInt8] {
        kind == "dynamic" ? dynamicCodes : kind == "fixed" ? fixedCodes : stored
    }

    private func values(_ bytes: [UInt8]) throws -> [Double] {
        let file = TemporaryFile(name: "web.csv.gz", bytes: bytes)
        var reader = try TraceReader(path: file.path)
        var values: [Double] = []
        while let row = try reader.next() { values.append(row[.cpu] ?? -1) }
        return values
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)!
        }
    }
}
