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
        let listening = try LoopbackListener(queue: 1)
        listener = listening.descriptor
        port = listening.port
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
