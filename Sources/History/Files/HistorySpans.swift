internal import Glibc

/// Until when each file of a history may have something.
///
/// Not by names alone: where the clock was set back, a file may begin before another and reach beyond it.
/// Complexity: one read of some hundred bytes a closed file.
struct HistorySpans: Sendable {
    private var extents: [String: HistoryExtent] = [:]
    private var ends: [String: UInt64] = [:]

    /// - Parameter files: of a directory, the oldest first.
    init(_ files: [HistoryFile], in directory: String) {
        var next: [HistoryTier: UInt64] = [:]
        for file in files.reversed() {
            if let last = file.lastNanoseconds {
                ends[file.name] = last
                continue
            }
            let path = directory + "/" + file.name
            let extent = file.isClosed ? Gzip.comment(of: path).flatMap { HistoryExtent(text: $0) } : nil
            extents[file.name] = extent
            // One that does not say it ends where the next begins, or when it was written last.
            ends[file.name] = extent?.last ?? next[file.tier].map { max($0, file.isClosed ? 0 : Self.modified(path)) }
            next[file.tier] = file.startNanoseconds
        }
    }

    /// Nothing in it is later, Unix nanoseconds; of the newest, which may be written, the end of time.
    func end(of file: HistoryFile) -> UInt64 { ends[file.name] ?? .max }

    /// What a closed file says that it has.
    func extent(of file: HistoryFile) -> HistoryExtent? { extents[file.name] }

    private static func modified(_ path: String) -> UInt64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mtim.tv_sec >= 0 else { return 0 }
        // The time of files has steps of some milliseconds.
        return (UInt64(status.st_mtim.tv_sec) + 2) * 1_000_000_000
    }
}
