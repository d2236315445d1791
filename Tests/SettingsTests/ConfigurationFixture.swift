import Foundation
import Settings

/// A configuration file of one test, in a directory of its own; gone with the value.
final class ConfigurationFixture {
    let path: String
    private let directory: URL

    init(_ bytes: some Sequence<UInt8>) throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("headroom-configuration-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent("headroom.yaml").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        // As an administrator leaves it, whatever the umask of whoever runs the test.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    }

    convenience init(_ text: String) throws { try self.init(text.utf8) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func load(_ flags: [FlagValue] = []) throws -> EffectiveConfiguration {
        try EffectiveConfiguration(file: path, flags: flags, runtimeDirectory: nil)
    }

    /// What is wrong, with the file as FILE; empty when nothing is.
    var problems: [String] {
        do throws(ConfigurationError) {
            _ = try EffectiveConfiguration(file: path, runtimeDirectory: nil)
            return []
        } catch {
            return error.problems.map { $0.replacingOccurrences(of: path, with: "FILE") }
        }
    }

    static func problems(_ text: String) throws -> [String] {
        try ConfigurationFixture(text).problems
    }

    /// Files of the repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
}

/// What each key holds, as it would be written.
func values(_ configuration: EffectiveConfiguration) -> [String: String] {
    Dictionary(
        uniqueKeysWithValues: Setting.all.map { ($0.key, $0.show(configuration.settings).yaml) }
    )
}
