import Glibc

/// A socket that listens on loopback, on a port that the kernel chose.
struct LoopbackListener {
    let descriptor: CInt
    let port: UInt16

    /// - Parameter queue: connections that may wait to be accepted, less one.
    init(queue: CInt) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = descriptor
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let result = unsafe bind(listener, generic, length)
                unsafe getsockname(listener, generic, &length)
                return result
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard bound == 0, listen(listener, queue) == 0 else {
            throw TestFailure("cannot listen on loopback: errno \(errno)")
        }
    }
}
