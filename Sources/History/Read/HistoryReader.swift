internal import Aggregates

/// Reads what an agent wrote, also while it writes. Any process that may read the files; one thread a value.
///
/// Memory: one file at a time, some 4 MiB of it.
package struct HistoryReader: Sendable {
    package let directory: String
    /// The oldest first.
    package let files: [HistoryFile]

    /// How a scan went.
    package struct Scan: Sendable, Hashable {
        package var files = 0
        package var frames = 0
        /// Files that end before their end, with why: of the one being written that is usual.
        package var damaged: [String] = []
    }

    /// - Throws: when there is nothing to read.
    package init(directory: String) throws(HistoryError) {
        files = try HistoryFile.all(in: directory)
        self.directory = directory
        guard !files.isEmpty else {
            throw HistoryError(
                "\(directory): there is no history; `headroom run` and `headroom record` keep one in history/ of state.directory unless history.keep is none"
            )
        }
    }

    package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

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
            if file.isClosed, let known = Gzip.comment(of: directory + "/" + file.name).flatMap({ HistoryExtent(text: $0) }),
                let first = known.first, let last = known.last, range.contains(first), range.contains(last)
            {
                extent.add(known)
            } else {
                try read(file, range, &extent, &scan)
            }
        }
        return (extent, scan)
    }

    /// Those that can have something of the range: a file ends where the next begins.
    private func files(of tier: HistoryTier, within range: ClosedRange<UInt64>) -> [HistoryFile] {
        let own = files.filter { $0.tier == tier && !$0.isImported }
        return own.indices.filter { index in
            let ends = index + 1 < own.count ? UInt64(own[index + 1].startMilliseconds) * 1_000_000 : .max
            // A name is the time of its first tick's end.
            return ends >= range.lowerBound && UInt64(own[index].startMilliseconds) * 1_000_000 <= range.upperBound
        }.map { own[$0] }
    }

    private func importedFiles(within range: ClosedRange<UInt64>) -> [HistoryFile] {
        files.filter { file in
            file.lastNanoseconds.map { $0 >= range.lowerBound && file.startNanoseconds <= range.upperBound } ?? false
        }
    }

    /// A file's contents; nil, with a note in `scan`, where they are none.
    func contents(of file: HistoryFile, _ scan: inout Scan) throws(HistoryError) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(HistoryError) {
            bytes = try Gzip.read(directory + "/" + file.name, limit: HistoryFile.largest)
        } catch {
            // It was compressed, or made room, since the directory was read.
            guard error.isMissing else { throw error }
            guard let found = try? Gzip.read(directory + "/" + file.openName + ".gz", limit: HistoryFile.largest) else { return nil }
            bytes = found
        }
        scan.files += 1
        guard bytes.starts(with: HistoryFile.magic) else {
            scan.damaged.append("\(directory)/\(file.name): not a history file: it should begin with HRHIST01")
            return nil
        }
        return bytes
    }

    private func read(
        _ file: HistoryFile, _ range: ClosedRange<UInt64>, _ visitor: inout some HistoryVisitor, _ scan: inout Scan
    ) throws(HistoryError) {
        guard let bytes = try contents(of: file, &scan) else { return }
        var frames = FrameCursor(bytes, from: HistoryFile.magic.count)
        var decoder = HistoryDecoder(range: range, file: file)
        while let (kind, payload) = frames.next() {
            guard try decoder.take(kind, payload, &visitor) else {
                scan.damaged.append("\(directory)/\(file.name): a \(kind) frame that makes no sense at byte \(frames.position)")
                return
            }
            scan.frames += 1
        }
        if let damage = frames.damage { scan.damaged.append("\(directory)/\(file.name): \(damage)") }
    }
}
