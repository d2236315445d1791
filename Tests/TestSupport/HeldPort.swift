private import Glibc

/// A port on loopback that stays ours while nobody listens on it.
///
/// The socket is bound and never listens: with `SO_REUSEADDR` on both a listener may come and go on
/// the same port, while the kernel gives it to no other socket, as a listener's or a client's.
package final class HeldPort: Sendable {
    package let port: Int
    private let descriptor: Int32

    package init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw PortFailure(step: "socket", code: errno) }
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = descriptor
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else {
            let code = errno
            close(descriptor)
            throw PortFailure(step: "bind", code: code)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}

struct PortFailure: Error, CustomStringConvertible {
    var step: String
    var code: Int32
    var description: String { "\(step) on 127.0.0.1: errno \(code)" }
}
