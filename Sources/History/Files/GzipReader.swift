internal import CZlib
internal import Capacity
internal import Glibc

/// A file's bytes part by part, gzip or not. One thread; zlib's handle is nobody else's.
@safe struct GzipReader: ~Copyable {
    enum Part {
        case goesOn
        case end
        /// The gzip is cut or damaged there; what it had before is given.
        case damaged(String)
    }

    private let path: String
    private let file: gzFile
    /// `errno` of the read that failed, which zlib tells again and again without another.
    private var failure: CInt = 0

    init(_ path: String) throws(FileError) {
        guard let file = unsafe gzopen(path, "rbe") else { throw .last("open", path) }
        // Half a step, so that zlib inflates right into the caller's buffer, a step at a time.
        unsafe gzbuffer(file, UInt32(Self.stepBytes / 2))
        unsafe self.file = file
        self.path = path
    }

    deinit { unsafe gzclose_r(file) }

    private static let partBytes = 1 << 18
    /// What is asked of zlib at once. Where it meets damage within that, it gives nothing of it.
    private static let stepBytes = 1 << 12

    /// Adds the next part, of at most 256 KiB, to `bytes`.
    /// - Throws: when the system cannot read on.
    mutating func append(to bytes: inout [UInt8]) throws(FileError) -> Part {
        var code = failure
        let part = unsafe [UInt8](unsafeUninitializedCapacity: Self.partBytes) { buffer, filled in
            while filled < Self.partBytes {
                let step = unsafe gzread(file, buffer.baseAddress! + filled, UInt32(Self.stepBytes))
                guard step > 0 else {
                    if step < 0, code == 0 { code = errno }
                    break
                }
                filled += Int(step)
            }
        }
        failure = code
        bytes += part
        guard part.isEmpty else { return .goesOn }
        var kind: CInt = 0
        unsafe gzerror(file, &kind)
        switch kind {
        case Z_OK, Z_STREAM_END: return .end
        case Z_DATA_ERROR: return .damaged("its gzip is damaged")
        case Z_BUF_ERROR: return .damaged("its gzip ends too early")
        case Z_ERRNO: throw FileError(call: "read", path: path, code: code)
        default: throw FileError(call: "gzread", path: path, code: ENOMEM)
        }
    }
}
