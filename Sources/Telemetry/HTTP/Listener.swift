internal import Agent
internal import Glibc

/// A socket that clients connect to. Its descriptor is closed, and its file removed, with the value.
struct Listener: ~Copyable {
    let descriptor: CInt
    let isTCP: Bool
    /// Of a Unix socket.
    let path: String?

    /// A Unix socket at `path`, for root and root's group. One that an agent left that was killed
    /// is replaced; anything else there is left alone.
    ///
    /// The caller is the one agent of the directory, so nobody serves a socket that is there.
    init(path: String) throws(AgentError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= room else {
            throw AgentError(
                .failed,
                "\(path): a socket's path has at most \(room) bytes; choose a shorter runtime.directory or set telemetry.socket to false"
            )
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        try Self.removeStale(path)
        let descriptor = try Self.open(AF_UNIX, path)
        // The file gets the socket's mode, so that it is never open to others, not for a moment.
        guard fchmod(descriptor, 0o660) == 0,
            unsafe Self.bind(descriptor, &address, MemoryLayout<sockaddr_un>.size) == 0,
            unsafe chmod(path, 0o660) == 0, Glibc.listen(descriptor, 64) == 0
        else { throw Self.failure("bind", path, closing: descriptor) }
        self.descriptor = descriptor
        self.path = path
        isTCP = false
    }

    init(_ address: LoopbackAddress) throws(AgentError) {
        let isOld = address.bytes.count == 4
        let descriptor = try Self.open(isOld ? AF_INET : AF_INET6, "\(address)")
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        let bound: CInt
        if isOld {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = address.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &name.sin_addr) {
                unsafe $0.copyBytes(from: address.bytes)
            }
            bound = unsafe Self.bind(descriptor, &name, MemoryLayout<sockaddr_in>.size)
        } else {
            unsafe setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, size)
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = address.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &name.sin6_addr) {
                unsafe $0.copyBytes(from: address.bytes)
            }
            bound = unsafe Self.bind(descriptor, &name, MemoryLayout<sockaddr_in6>.size)
        }
        guard bound == 0, Glibc.listen(descriptor, 64) == 0 else {
            throw Self.failure("listen on", "\(address)", closing: descriptor)
        }
        self.descriptor = descriptor
        path = nil
        isTCP = true
    }

    deinit {
        if let path { unsafe unlink(path) }
        close(descriptor)
    }

    /// The port that the kernel chose for port 0.
    var port: UInt16 {
        var name = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        return unsafe withUnsafeMutablePointer(to: &name) { pointer in
            _ = unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
            // The port lies at the same place in both families.
            return UInt16(bigEndian: unsafe pointer.pointee.sin6_port)
        }
    }

    private static func removeStale(_ path: String) throws(AgentError) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else {
            throw AgentError(
                .failed,
                "\(path): something that is not a socket is in the place of the agent's"
            )
        }
        unsafe unlink(path)
    }

    private static func open(_ family: CInt, _ name: String) throws(AgentError) -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw failure("socket for", name, closing: -1) }
        return descriptor
    }

    @unsafe private static func bind<Address>(
        _ descriptor: CInt,
        _ address: inout Address,
        _ size: Int
    ) -> CInt {
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(descriptor, $0, socklen_t(size))
            }
        }
    }

    private static func failure(
        _ call: String,
        _ name: String,
        closing descriptor: CInt
    ) -> AgentError {
        let code = errno
        if descriptor >= 0 { close(descriptor) }
        let reason = unsafe String(cString: strerror(code))
        let advice = code == EADDRINUSE ? ": another program has it; choose another port" : ""
        return AgentError(
            code == EPERM || code == EACCES ? .permission : .failed,
            "\(call) \(name): \(reason)\(advice)"
        )
    }
}
