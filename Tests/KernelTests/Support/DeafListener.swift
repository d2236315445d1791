import Glibc

/// A socket that listens on loopback and accepts nobody: its queue holds one connection.
final class DeafListener {
    let port: UInt16
    private let descriptor: CInt

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let result = unsafe bind(listener, generic, length)
                unsafe getsockname(listener, generic, &length)
                return result
            }
        }
        descriptor = listener
        port = UInt16(bigEndian: address.sin_port)
        guard bound == 0, listen(listener, 0) == 0 else {
            throw TestFailure("cannot listen on loopback: errno \(errno)")
        }
    }

    deinit { close(descriptor) }
}
