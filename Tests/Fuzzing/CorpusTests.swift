import Foundation
import Testing

/// Seeds, and every case that a fuzzer has found: nothing of it is found again.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    private static func files(of target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: target.name), includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func everyKeptInputHolds(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try Self.files(of: target)
        #expect(!files.isEmpty, "a target without seeds finds little: Tests/Fuzzing/Corpus/\(name)")
        for file in files {
            let bytes = Array(try Data(contentsOf: file))
            #expect(bytes.count <= target.largest, "\(file.lastPathComponent) is larger than what is fuzzed")
            do {
                try target.run(bytes)
            } catch {
                Issue.record("\(file.lastPathComponent): \(error)")
            }
            // As a fuzzer begins: cut, and with bits turned.
            for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 16)) {
                var other = bytes
                other[place] ^= 1 << UInt8(place % 8)
                for input in [other, Array(bytes.prefix(place))] {
                    do {
                        try target.run(input)
                    } catch {
                        Issue.record("\(file.lastPathComponent) changed at byte \(place): \(error)")
                    }
                }
            }
        }
    }

    @Test func everyFolderOfTheCorpusIsATargets() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }
}
