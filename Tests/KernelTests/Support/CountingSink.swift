import Glibc

/// Takes one connection on loopback after the other, counts what comes, and answers with a byte when a message is whole.
final class CountingSink: @unchecked Sendable {
    let port: UInt16
    private let listener: CInt
    private let messageBytes: Int
    private var thread = pthread_t()
    // Of the thread until it is joined.
    private var received: UInt64 = 0

    init(messageBytes: Int) throws {
        self.messageBytes = messageBytes
        let listening = try LoopbackListener(queue: 64)
        listener = listening.descriptor
        port = listening.port
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<CountingSink>.fromOpaque(argument!).takeUnretainedValue().serve()
                return nil
            }, me)
    }

    /// Takes no more. - Returns: bytes received in all.
    func close() -> UInt64 {
        shutdown(listener, CInt(SHUT_RDWR))
        pthread_join(thread, nil)
        Glibc.close(listener)
        return received
    }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var message = 0
            while true {
                let count = unsafe read(connection, &buffer, buffer.count)
                if count <= 0 { break }
                received += UInt64(count)
                message += count
                if message == messageBytes { _ = unsafe write(connection, buffer, 1) }
            }
            Glibc.close(connection)
        }
    }
}
