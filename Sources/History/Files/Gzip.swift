internal import CZlib
internal import Capacity
internal import Glibc

/// Whole files in and out of gzip, by zlib.
enum Gzip {
    /// Writes `bytes` to `path` as gzip; it is on the disk, whole, or not there at all.
    static func write(_ bytes: ArraySlice<UInt8>, to path: String) throws(HistoryError) {
        do throws(FileError) {
            try AtomicFile.replace(path) { (descriptor, partial) throws(FileError) in
                try compress(bytes, to: dup(descriptor), partial)
            }
        } catch {
            throw HistoryError(error)
        }
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
