internal import Glibc

/// CPU time of the whole host, as the root's `cpu.stat` reports it.
///
/// The kernel keeps no rstat CPU time for the root, so it is read from a descriptor
/// kept open: about 2 µs a read.
struct RootCPU: ~Copyable {
    private let descriptor: CInt
    private let path: String

    init(mountPoint: String) throws(BPFError) {
        path = "\(mountPoint)/cpu.stat"
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
    }

    deinit { close(descriptor) }

    /// `usage_usec` in nanoseconds.
    func usageNanoseconds() throws(BPFError) -> UInt64 {
        let text = unsafe withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
            return unsafe String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
        guard text.hasPrefix("usage_usec "),
            let value = UInt64(text.dropFirst("usage_usec ".count).prefix { $0 != "\n" })
        else { throw BPFError(call: "parse usage_usec of", subject: path, code: EINVAL) }
        return value * 1000
    }
}
