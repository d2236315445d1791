internal import Aggregates

/// Reads what an agent wrote, also while it writes. Any process that may read the files; one thread a value.
///
/// Memory: one file at a time, some 4 MiB of it.
package struct HistoryReader: Sendable {
    package let directory: String
    /// The oldest first.
    package let files: [HistoryFile]
    private let spans: HistorySpans

    /// How a scan went.
    package struct Scan: Sendable, Hashable {
        package var files = 0
        package var frames = 0
        /// Files that end before their end, with why, a text each.
        package private(set) var damaged: [String] = []
        /// Of these: not closed, and ending within a frame. That is usual: it is being written, or was when the agent was killed.
        package private(set) var torn = 0
        private var told: Set<String> = []

        /// The first problem of each file.
        mutating func note(_ path: String, _ problem: String, isTorn: Bool = false) {
            guard told.insert(path).inserted else { return }
            damaged.append("\(path): \(problem)")
            if isTorn { torn += 1 }
        }

        /// What ended a file's frames, if it was not their end.
        mutating func note(_ path: String, _ file: HistoryFile, endOf frames: FrameCursor) {
            if let damage = frames.damage { note(path, damage, isTorn: frames.isCut && !file.isClosed) }
        }
    }

    /// - Throws: when there is nothing to read.
    package init(directory: String) throws(HistoryError) {
        files = try HistoryFile.all(in: directory)
        spans = HistorySpans(files, in: directory)
        self.directory = directory
        guard !files.isEmpty else {
            throw HistoryError(
                "\(directory): there is no history; `headroom run` and `headroom record` keep one in history/ of state.directory unless history.keep is none"
            )
        }
    }

    package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// Nothing in the file is later, Unix nanoseconds.
    package func end(of file: HistoryFile) -> UInt64 { spans.end(of: file) }

    /// Tells the visitor all of a tier within `range`, Unix nanoseconds.
    package func scan(
        _ tier: HistoryTier, _ range: ClosedRange<UInt64>, into visitor: inout some HistoryVisitor
    ) throws(HistoryError) -> Scan {
        var scan = Scan()
        let imported = tier == .coarse ? importedFiles(within: range) : []
        let recorded = files(of: tier, within: range)
        if imported.isEmpty {
            for file in recorded { try read(file, range, &visitor, &scan) }
        } else {
            var merge = MinuteMerge(recorded: recorded, imported: imported, range: range)
            try merge.run(self, into: &visitor, &scan)
        }
        return scan
    }

    /// Tells the visitor all of one file.
    package func scan(_ file: HistoryFile, into visitor: inout some HistoryVisitor) throws(HistoryError) -> Scan {
        var scan = Scan()
        try read(file, 0...UInt64.max, &visitor, &scan)
        return scan
    }

    /// How much of a tier there is within `range`. Closed files that lie in it are not read, so damage in them is not told;
    /// those of earlier builds, which do not say what they have, are.
    package func extent(
        _ tier: HistoryTier, _ range: ClosedRange<UInt64>
    ) throws(HistoryError) -> (extent: HistoryExtent, scan: Scan) {
        var scan = Scan()
        var extent = HistoryExtent()
        for file in files(of: tier, within: range) {
            if let known = spans.extent(of: file), let first = known.first, let last = known.last, range.contains(first),
                range.contains(last)
            {
                extent.add(known)
            } else {
                try read(file, range, &extent, &scan)
            }
        }
        return (extent, scan)
    }

    /// Those that can have something of the range.
    private func files(of tier: HistoryTier, within range: ClosedRange<UInt64>) -> [HistoryFile] {
        files(within: range).filter { $0.tier == tier && !$0.isImported }
    }

    private func importedFiles(within range: ClosedRange<UInt64>) -> [HistoryFile] { files(within: range).filter(\.isImported) }

    private func files(within range: ClosedRange<UInt64>) -> [HistoryFile] {
        files.filter { spans.end(of: $0) >= range.lowerBound && $0.startNanoseconds <= range.upperBound }
    }

    /// A file's contents, up to where they can be read; nil, with a note in `scan`, where they are none.
    func contents(of file: HistoryFile, _ scan: inout Scan) throws(HistoryError) -> [UInt8]? {
        let path = directory + "/" + file.name
        var found = try contents(at: path)
        if found == nil { found = try contents(at: directory + "/" + file.openName + ".gz") }
        guard let contents = found else { return nil }
        scan.files += 1
        if let failure = contents.failure { scan.note(path, "cannot be read to its end: \(failure)") }
        if let damage = contents.damage { scan.note(path, damage) }
        guard contents.bytes.starts(with: HistoryFile.magic) else {
            scan.note(path, "not a history file: it should begin with HRHIST01")
            return nil
        }
        return contents.bytes
    }

    /// Nil when it is not there: it was compressed, or made room, since the directory was read.
    private func contents(at path: String) throws(HistoryError) -> Gzip.Contents? {
        do throws(HistoryError) {
            return try Gzip.contents(of: path, limit: HistoryFile.largest)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    private func read(
        _ file: HistoryFile, _ range: ClosedRange<UInt64>, _ visitor: inout some HistoryVisitor, _ scan: inout Scan
    ) throws(HistoryError) {
        guard let bytes = try contents(of: file, &scan) else { return }
        let path = directory + "/" + file.name
        var frames = FrameCursor(bytes, from: HistoryFile.magic.count)
        var decoder = HistoryDecoder(range: range, file: file)
        while let (kind, payload) = frames.next() {
            guard try decoder.take(kind, payload, &visitor) else {
                scan.note(path, "a \(kind) frame that makes no sense at byte \(frames.position)")
                return
            }
            scan.frames += 1
        }
        scan.note(path, file, endOf: frames)
    }
}
