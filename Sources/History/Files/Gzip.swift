internal import CZlib
internal import Capacity
internal import Glibc

/// Whole files in and out of gzip, by zlib.
enum Gzip {
    /// Writes `bytes` to `path` as gzip; it is on the disk, whole, or not there at all.
    /// - Parameter comment: for `comment(of:)`; ASCII, `commentLimit` at most.
    static func write(_ bytes: ArraySlice<UInt8>, to path: String, comment: String? = nil) throws(HistoryError) {
        do throws(FileError) {
            try AtomicFile.replace(path) { (descriptor, partial) throws(FileError) in
                if let comment { try AtomicFile.write(emptyMember(comment), to: descriptor, partial) }
                try compress(bytes, to: dup(descriptor), partial)
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
    private static func compress(_ bytes: ArraySlice<UInt8>, to descriptor: CInt, _ path: String) throws(FileError) {
        guard let file = unsafe gzdopen(descriptor, "wb6") else {
            close(descriptor)
            throw FileError(call: "gzdopen", path: path, code: ENOMEM)
        }
        let isWritten = unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.isEmpty || gzwrite(file, raw.baseAddress, UInt32(raw.count)) == CInt(raw.count)
        }
        let code = errno
        // What is left in the buffer goes out here.
        guard unsafe gzclose(file) == Z_OK, isWritten else {
            throw FileError(call: "write", path: path, code: isWritten ? errno : code)
        }
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
        guard let file = unsafe gzopen(path, "rbe") else { throw .system("open", path) }
        defer { unsafe gzclose_r(file) }
        var contents = Contents()
        let step = 1 << 18
        while contents.bytes.count < limit {
            var code: CInt = 0
            let part = unsafe [UInt8](unsafeUninitializedCapacity: step) { buffer, filled in
                let count = unsafe gzread(file, buffer.baseAddress, UInt32(step))
                code = errno
                filled = max(0, Int(count))
            }
            contents.bytes += part
            if !part.isEmpty { continue }
            var kind: CInt = 0
            unsafe gzerror(file, &kind)
            switch kind {
            case Z_OK, Z_STREAM_END: break
            case Z_DATA_ERROR: contents.damage = "its gzip is damaged"
            case Z_BUF_ERROR: contents.damage = "its gzip ends too early"
            case Z_ERRNO: contents.failure = HistoryError(FileError(call: "read", path: path, code: code))
            default: contents.failure = HistoryError(FileError(call: "gzread", path: path, code: ENOMEM))
            }
            break
        }
        return contents
    }
}
