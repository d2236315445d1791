/// Where imported minutes go, and which of them.
package struct ImportOptions: Sendable {
    package var directory: String
    /// What ended longer ago stays out.
    package var keepNanoseconds: Int64
    /// Of the whole history; imported minutes may have half of it.
    package var byteLimit: Int
    package var fileBytes = 4 << 20
    /// Says what would be done.
    package var isDryRun = false
    /// Unix nanoseconds.
    package var now: UInt64
    /// Where the samples are from, in a word: `traces`, `sar`.
    package var source: String
    /// Of the node, where that is known; else 0.
    package var cores = 0.0
    /// Of this build, and of this host.
    package var version: String
    package var hostname = ""

    /// An agent writes a minute when it is over; what it may still be about to write stays out.
    static let settleNanoseconds: UInt64 = 120_000_000_000

    package init(directory: String, keepNanoseconds: Int64, byteLimit: Int, now: UInt64, source: String, version: String) {
        self.directory = directory
        self.keepNanoseconds = keepNanoseconds
        self.byteLimit = byteLimit
        self.now = now
        self.source = source
        self.version = version
    }
}
