internal import Glibc

/// Whole writes to a descriptor.
package enum FileOutput {
    package static func write(_ bytes: [UInt8], to file: CInt, _ path: String) throws(AgentError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(file, buffer.baseAddress! + written, buffer.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("write", path)
            }
            written += count
        }
    }
}
