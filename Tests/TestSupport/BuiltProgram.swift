package import Foundation

/// Programs of this package as they were built with the tests that run, in whatever folder and way that was.
package enum BuiltProgram {
    /// Where the test program lies; relative to this source file that would be another build's.
    package static let folder: URL = {
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: tests ?? "/nowhere/tests").deletingLastPathComponent()
    }()

    package static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
    package static func path(_ name: String) -> String { url(name).path }
}
