internal import Glibc

/// Small files of /proc and /sys, read whole.
package enum TextFile {
    /// The file's text; at most `limit` bytes of it.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(BPFError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 16384) { buffer, count in
                count = max(0, unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count))
            }
            if chunk.isEmpty { break }
            bytes += chunk
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
