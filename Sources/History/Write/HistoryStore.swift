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
    func adopt() throws(HistoryError) -> Int {
        var torn = 0
        for file in try HistoryFile.all(in: directory) where !file.isClosed { torn += try close(file) }
        return torn
    }

    /// Replaces a file by its compressed self. - Returns: bytes of a torn end that are left out.
    func close(_ file: HistoryFile) throws(HistoryError) -> Int {
        let path = directory + "/" + file.openName
        let bytes = try Gzip.read(path, limit: HistoryFile.largest)
        var end = 0
        var extent = HistoryExtent()
        if bytes.starts(with: HistoryFile.magic) {
            var frames = FrameCursor(bytes, from: HistoryFile.magic.count)
            while let (kind, payload) = frames.next() { extent.note(kind, payload) }
            end = frames.position
        }
        if end > 0 { try Gzip.write(bytes[..<end], to: path + ".gz", comment: extent.text) }
        guard unsafe unlink(path) == 0 else { throw .system("unlink", path) }
        return bytes.count - end
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
        for tier in HistoryTier.allCases {
            let own = files.filter { $0.tier == tier && !$0.isImported }
            // A file ends where the next begins.
            for (file, next) in zip(own, own.dropFirst()) where next.startMilliseconds < now - keepMilliseconds {
                try remove(file)
            }
        }
        for file in files {
            if let last = file.lastNanoseconds, Int64(last / 1_000_000) < now - keepMilliseconds { try remove(file) }
        }
        let tooOld = gone.count
        for tier in HistoryTier.allCases {
            for file in files where file.tier == tier && total > byteLimit { try remove(file) }
        }
        return gone.count - tooOld
    }
}
