internal import CZlib
internal import Capacity
internal import Glibc

/// Whole files in and out of gzip, by zlib.
enum Gzip {
    /// Writes `bytes` to `path` as gzip; it is on the disk, whole, or not there at all.
    static func write(_ bytes: ArraySlice<UInt8>, to path: String) throws(HistoryError) {
        try write(to: path) { (sink) throws(FileError) in try sink(bytes) }
    }

    /// The same with the first `count` bytes of the file at `source`, gzip or not, which has that many. Memory does not grow with them.
    /// - Parameter comment: for `comment(of:)`; ASCII, `commentLimit` at most.
    static func write(
        first count: Int, of source: String, to path: String, comment: String?
    ) throws(HistoryError) {
        try write(to: path, comment: comment) { (sink) throws(FileError) in
            var reader = try GzipReader(source)
            var (bytes, left) = ([UInt8](), count)
            while left > 0 {
                bytes.removeAll(keepingCapacity: true)
                guard case .goesOn = try reader.append(to: &bytes) else {
                    // It was there when it was read before.
                    throw FileError(call: "read again", path: source, code: EIO)
                }
                try sink(bytes.prefix(left))
                left -= min(left, bytes.count)
            }
        }
    }

    private static func write(
        to path: String, comment: String? = nil, fill: ((ArraySlice<UInt8>) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(HistoryError) {
        do throws(FileError) {
            try AtomicFile.replace(path) { (descriptor, partial) throws(FileError) in
                if let comment { try AtomicFile.write(emptyMember(comment), to: descriptor, partial) }
                try compress(to: dup(descriptor), partial, fill)
            }
        } catch {
            throw HistoryError(error)
        }
    }

    private static let commentLimit = 120
    /// ID, deflate, a comment and nothing else, no time, no extra flags, from Unix (RFC 1952).
    private static let head: [UInt8] = [0x1F, 0x8B, 8, 0x10, 0, 0, 0, 0, 0, 3]

    /// A gzip of nothing, whose header has a comment. Members of a gzip file add up, so it changes nothing for whoever
    /// reads the file; zlib's gzwrite has no way to set a header.
    private static func emptyMember(_ comment: String) -> [UInt8] {
        precondition(comment.utf8.count <= commentLimit && comment.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "\(comment)")
        // An empty block; the checksum and length of nothing.
        return head + Array(comment.utf8) + [0, 3, 0] + [UInt8](repeating: 0, count: 8)
    }

    /// The comment that a file was written with; nil without one. Reads `commentLimit` bytes, not the file.
    static func comment(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: head.count + commentLimit + 1) { buffer, filled in
            filled = unsafe max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
        guard bytes.starts(with: head), let end = bytes[head.count...].firstIndex(of: 0) else { return nil }
        return String(decoding: bytes[head.count..<end], as: UTF8.self)
    }

    /// Closes `descriptor`.
    private static func compress(
        to descriptor: CInt, _ path: String, _ fill: ((ArraySlice<UInt8>) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        guard let file = unsafe gzdopen(descriptor, "wb6") else {
            close(descriptor)
            throw FileError(call: "gzdopen", path: path, code: ENOMEM)
        }
        do throws(FileError) {
            try fill { (bytes) throws(FileError) in
                let isWritten = unsafe bytes.withUnsafeBytes { raw in
                    unsafe raw.isEmpty || gzwrite(file, raw.baseAddress, UInt32(raw.count)) == CInt(raw.count)
                }
                guard isWritten else { throw .last("write", path) }
            }
        } catch {
            unsafe gzclose(file)
            throw error
        }
        // What is left in the buffer goes out here.
        guard unsafe gzclose(file) == Z_OK else { throw .last("write", path) }
    }

    /// What could be read of a file, and what ended that before its end.
    struct Contents {
        var bytes: [UInt8] = []
        /// The gzip is cut or damaged there.
        var damage: String?
        /// The system could not read on.
        var failure: HistoryError?
    }

    /// All of a file, gzip or not; of one that is cut or damaged, what comes before that.
    /// - Throws: also when the system cannot read on.
    static func read(_ path: String, limit: Int) throws(HistoryError) -> [UInt8] {
        let contents = try contents(of: path, limit: limit)
        if let failure = contents.failure { throw failure }
        return contents.bytes
    }

    /// - Throws: when it cannot be opened.
    static func contents(of path: String, limit: Int) throws(HistoryError) -> Contents {
        var reader: GzipReader
        do throws(FileError) { reader = try GzipReader(path) } catch { throw HistoryError(error) }
        var contents = Contents()
        while contents.bytes.count < limit {
            do throws(FileError) {
                switch try reader.append(to: &contents.bytes) {
                case .goesOn: continue
                case .end: break
                case .damaged(let how): contents.damage = how
                }
            } catch {
                contents.failure = HistoryError(error)
            }
            break
        }
        return contents
    }
}
