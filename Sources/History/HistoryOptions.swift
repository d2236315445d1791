/// Where the history is kept and how much of it.
package struct HistoryOptions: Sendable, Hashable {
    package var directory: String
    /// Older files are removed, nanoseconds.
    package var keepNanoseconds: Int64 = 7 * 86_400_000_000_000
    /// Of all files together; the oldest windows go first, minutes last.
    package var byteLimit = 512 << 20
    /// A file is closed and compressed when it holds so much: what a damaged one loses is bounded, and so is what a
    /// reader that looks for a moment has to read.
    package var fileBytes = 4 << 20
    /// Of this build.
    package var version: String

    package static func directory(in stateDirectory: String) -> String { stateDirectory + "/history" }

    package init(directory: String, version: String) {
        self.directory = directory
        self.version = version
    }
}
