import Glibc

/// A socket that listens on loopback, on a port that the kernel chose.
struct LoopbackListener {
    let descriptor: CInt
    let port: UInt16

    /// - Parameter queue: connections that may wait to be accepted, less one.
    init(queue: CInt) throws {
        (descriptor, port) = try Self.bound(SOCK_STREAM)
        guard listen(descriptor, queue) == 0 else { throw TestFailure("cannot listen on loopback: errno \(errno)") }
    }

    /// A socket of a type at a port of 127.0.0.1 that the kernel chose.
    static func bound(_ type: __socket_type) throws -> (descriptor: CInt, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let result = unsafe bind(descriptor, generic, length)
                unsafe getsockname(descriptor, generic, &length)
                return result == 0
            }
        }
        guard isBound else { throw TestFailure("no port on loopback: errno \(errno)") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
