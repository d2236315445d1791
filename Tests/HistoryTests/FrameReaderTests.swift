import Foundation
import Testing

@testable import History

/// Files that are read part by part are read as whole ones.
@Suite struct FrameReaderTests {
    /// What is in a frame besides its kind, as numbers.
    private struct Seen: Equatable {
        let kind: FrameKind
        let numbers: [UInt64]
    }

    private func numbers(_ payload: ByteCursor) -> [UInt64] {
        var (cursor, numbers) = (payload, [UInt64]())
        while let number = cursor.number() { numbers.append(number) }
        return numbers
    }

    /// A megabyte: small frames, and some longer than the part that is in memory, that end anywhere in it.
    private func bytes() -> [UInt8] {
        var builder = ByteBuilder()
        var random = SystemRandomNumberGenerator()
        for index in 0..<160 {
            let count = index % 97 == 50 ? 150_000 : Int.random(in: 0..<2_000, using: &random)
            builder.frame(index.isMultiple(of: 2) ? .window : .line) { frame in
                for _ in 0..<count { frame.append(UInt64.random(in: 0..<1 << 20, using: &random)) }
            }
        }
        return HistoryFile.magic + builder.bytes
    }

    @Test(arguments: ["whole", "cut", "damaged", "foreign", "empty", "short"])
    func partsGiveWhatTheWholeGives(how: String) throws {
        let directory = NSTemporaryDirectory() + "headroom-frames-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var bytes = bytes()
        switch how {
        case "cut": bytes.removeLast(Int.random(in: 1..<bytes.count / 2))
        case "damaged": bytes[Int.random(in: bytes.count / 3..<bytes.count)] ^= 0x10
        case "foreign": bytes[0] = 0
        case "empty": bytes = []
        case "short": bytes = Array(bytes.prefix(5))
        default: #expect(bytes.count > 3 << 18)
        }
        var expected: [Seen] = []
        var end = 0
        if bytes.starts(with: HistoryFile.magic) {
            var frames = FrameCursor(bytes, from: HistoryFile.magic.count)
            while let (kind, payload) = frames.next() { expected.append(Seen(kind: kind, numbers: numbers(payload))) }
            end = frames.position
        }
        let file = HistoryFile(.fine, 7, isClosed: false, byteCount: bytes.count)
        let path = directory + "/" + file.openName
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        var seen: [Seen] = []
        let (whole, all) = try FrameReader.read(path) { seen.append(Seen(kind: $0, numbers: numbers($1))) }
        #expect(seen == expected && whole == end && all == bytes.count)

        // And closing keeps what is whole, to the byte.
        let store = HistoryStore(directory: directory, keepMilliseconds: .max, byteLimit: .max)
        #expect(try store.close(file) == bytes.count - end)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.fileExists(atPath: path + ".gz") == (end > 0))
        if end > 0 { #expect(try Gzip.read(path + ".gz", limit: 1 << 26) == Array(bytes[..<end])) }
    }
}
