import Foundation

/// Programs of others that a test needs.
enum TestTool: String {
    case prometheus, promtool

    /// Of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// On PATH, or unpacked by scripts/test.
    var path: String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (folders + [Self.root.path + "/.build/tools/usr/bin"]).map { $0 + "/" + rawValue }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Says so when it is not.
    var isThere: Bool {
        if path == nil { print("SKIPPED a fleet test: no \(rawValue); scripts/test unpacks Debian's, or install it") }
        return path != nil
    }
}

/// A folder that is gone with it.
final class Folder {
    let path = NSTemporaryDirectory() + "fleet-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: the file's path.
    @discardableResult func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    func text(_ name: String) -> String { (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "" }
}
