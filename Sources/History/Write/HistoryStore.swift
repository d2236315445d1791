internal import Glibc

/// The files of a history: which may stay, and those that are closed made small. One thread.
struct HistoryStore: Sendable {
    let directory: String
    let keepMilliseconds: Int64
    let byteLimit: Int

    /// Makes the directory for its owner alone, unless it is there.
    func make() throws(HistoryError) {
        guard unsafe mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw .system("mkdir", directory) }
    }

    /// Compresses what an earlier run left open, without a torn end. - Returns: bytes that were cut off.
    /// - Throws: after all that can be; what cannot stays as it is.
    func adopt() throws(HistoryError) -> Int {
        var torn = 0
        var failure: HistoryError?
        for file in try HistoryFile.all(in: directory) where !file.isClosed {
            do throws(HistoryError) { torn += try close(file) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return torn
    }

    /// Replaces a file by its compressed self. - Returns: bytes of a torn end that are left out.
    /// - Throws: when it cannot be read whole or written, and it stays.
    func close(_ file: HistoryFile) throws(HistoryError) -> Int {
        let path = directory + "/" + file.openName
        // Twice, part by part: a copy of every file that is closed would be the agent's largest piece of memory.
        var extent = HistoryExtent()
        let (end, all) = try FrameReader.read(path) { extent.note($0, $1) }
        if end > 0 { try Gzip.write(first: end, of: path, to: path + ".gz", comment: extent.text) }
        guard unsafe unlink(path) == 0 else { throw .system("unlink", path) }
        return all - end
    }

    /// Removes what is too old or too much. - Parameter open: names that are being written.
    /// - Returns: how many files went for want of room.
    func trim(now: Int64, open: Set<String>) throws(HistoryError) -> Int {
        let files = try HistoryFile.all(in: directory)
        var total = files.reduce(0) { $0 + $1.byteCount }
        var gone: Set<HistoryFile> = []
        func remove(_ file: HistoryFile) throws(HistoryError) {
            guard !open.contains(file.name), !gone.contains(file) else { return }
            let path = directory + "/" + file.name
            guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .system("unlink", path) }
            gone.insert(file)
            total -= file.byteCount
        }
        let spans = HistorySpans(files, in: directory)
        for file in files where Int64(spans.end(of: file) / 1_000_000) < now - keepMilliseconds { try remove(file) }
        let tooOld = gone.count
        let oldestFirst = files.sorted { spans.end(of: $0) < spans.end(of: $1) }
        for tier in HistoryTier.allCases {
            for file in oldestFirst where file.tier == tier && total > byteLimit { try remove(file) }
        }
        return gone.count - tooOld
    }
}
