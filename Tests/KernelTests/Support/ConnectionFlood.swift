import Glibc
import Probes

/// Thousands of clients at once that want nothing, or want it slowly. Connections that the agent
/// ends are made again.
final class ConnectionFlood {
    private let address: [UInt8]
    private let family: CInt
    private var descriptors: [CInt]
    /// Connections that were made, and those that the agent ended.
    private(set) var made = 0
    private(set) var ended = 0

    /// - Parameters:
    ///   - path: of a Unix socket; nil: TCP to `port` of 127.0.0.1.
    ///   - count: of clients, held at once.
    init(path: String?, port: Int, count: Int) {
        var bytes: [UInt8] = []
        if let path {
            family = AF_UNIX
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            unsafe withUnsafeBytes(of: name) { unsafe bytes.append(contentsOf: $0) }
        } else {
            family = AF_INET
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = UInt16(port).bigEndian
            name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            unsafe withUnsafeBytes(of: name) { unsafe bytes.append(contentsOf: $0) }
        }
        address = bytes
        descriptors = [CInt](repeating: -1, count: count)
    }

    deinit { for descriptor in descriptors where descriptor >= 0 { close(descriptor) } }

    var held: Int { descriptors.count { $0 >= 0 } }

    /// Connects again what is not, and has one in `slowly` send a byte of a request that never ends.
    func turn(slowly: Int?) {
        for index in descriptors.indices {
            if descriptors[index] < 0 { descriptors[index] = connected() }
            guard descriptors[index] >= 0 else { continue }
            if let slowly, index % slowly == 0 {
                var byte = UInt8(ascii: "G")
                _ = unsafe send(descriptors[index], &byte, 1, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
            }
            var answer = [UInt8](repeating: 0, count: 512)
            let count = unsafe recv(descriptors[index], &answer, answer.count, CInt(MSG_DONTWAIT))
            if count == 0 || (count < 0 && errno != EAGAIN && errno != ENOTCONN) {
                close(descriptors[index])
                descriptors[index] = -1
                ended += 1
            }
        }
    }

    /// -1 while the agent's queue is full.
    private func connected() -> CInt {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        let result = unsafe address.withUnsafeBytes { raw in
            unsafe connect(descriptor, raw.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
        guard result == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return -1
        }
        made += 1
        return descriptor
    }

    /// Lets this process have `count` descriptors; gives what it had.
    static func raiseLimit(to count: Int) -> rlimit {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var raised = limit
        raised.rlim_cur = max(limit.rlim_cur, UInt(count))
        raised.rlim_max = max(limit.rlim_max, raised.rlim_cur)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised)
        return limit
    }
}
