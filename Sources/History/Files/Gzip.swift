internal import CZlib
internal import Glibc

/// Whole files in and out of gzip, by zlib.
enum Gzip {
    /// Writes `bytes` to `path` as gzip; it is on the disk, whole, or not there at all.
    static func write(_ bytes: ArraySlice<UInt8>, to path: String) throws(HistoryError) {
        let partial = path + ".partial"
        let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("open", partial) }
        do throws(HistoryError) {
            defer { close(descriptor) }
            try compress(bytes, to: dup(descriptor), partial)
            guard fsync(descriptor) == 0 else { throw .system("fsync", partial) }
            guard unsafe rename(partial, path) == 0 else { throw .system("rename", partial) }
        } catch {
            unsafe unlink(partial)
            throw error
        }
    }

    /// Closes `descriptor`.
    private static func compress(_ bytes: ArraySlice<UInt8>, to descriptor: CInt, _ path: String) throws(HistoryError) {
        guard let file = unsafe gzdopen(descriptor, "wb6") else {
            close(descriptor)
            throw HistoryError("\(path): no memory to compress it")
        }
        let isWritten = unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.isEmpty || gzwrite(file, raw.baseAddress, UInt32(raw.count)) == CInt(raw.count)
        }
        let code = errno
        // What is left in the buffer goes out here.
        guard unsafe gzclose(file) == Z_OK, isWritten else {
            if !isWritten { errno = code }
            throw .system("write", path)
        }
    }

    /// All of a file, gzip or not; of one that is cut or damaged, what comes before that.
    static func read(_ path: String, limit: Int) throws(HistoryError) -> [UInt8] {
        guard let file = unsafe gzopen(path, "rbe") else { throw .system("open", path) }
        defer { unsafe gzclose_r(file) }
        var bytes: [UInt8] = []
        let step = 1 << 18
        while bytes.count < limit {
            let part = unsafe [UInt8](unsafeUninitializedCapacity: step) { buffer, filled in
                let count = unsafe gzread(file, buffer.baseAddress, UInt32(step))
                filled = max(0, Int(count))
            }
            if part.isEmpty { break }
            bytes += part
        }
        return bytes
    }
}
