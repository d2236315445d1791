import Glibc

/// Accepts one connection on loopback and sends `reply` bytes, or with none to send counts
/// what it reads to the end.
final class LoopbackServer: @unchecked Sendable {
    let port: UInt16
    private let listener: CInt
    private let reply: Int
    private var thread = pthread_t()
    private(set) var received = 0

    init(reply: Int) throws {
        self.reply = reply
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
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        guard bound == 0, listen(listener, 1) == 0 else {
            throw TestFailure("cannot listen on loopback: errno \(errno)")
        }
        let me = unsafe Unmanaged.passRetained(self).toOpaque()
        unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<LoopbackServer>.fromOpaque(argument!).takeRetainedValue().serve()
                return nil
            }, me)
    }

    /// Bytes received in all.
    func join() -> Int {
        pthread_join(thread, nil)
        return received
    }

    private func serve() {
        let connection = accept(listener, nil, nil)
        close(listener)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while reply == 0 {
            let count = unsafe read(connection, &buffer, buffer.count)
            if count <= 0 { break }
            received += count
        }
        var left = reply
        while left > 0 {
            let count = unsafe write(connection, buffer, min(left, buffer.count))
            if count <= 0 { break }
            left -= count
        }
        close(connection)
    }
}
