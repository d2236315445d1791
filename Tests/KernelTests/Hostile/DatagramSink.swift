import Agent
import Foundation
import Glibc

/// Takes datagrams on loopback and counts their bytes with IPv4's and UDP's headers: what the network hook counts of their
/// sender, to the byte, as nothing is sent twice and nothing is answered.
final class DatagramSink: @unchecked Sendable {
    let port: UInt16
    private let descriptor: CInt
    private var thread: WorkerThread?
    private var counted = 0
    private let lock = NSLock()
    private static let headers = 20 + 8

    init() throws {
        (descriptor, port) = try LoopbackListener.bound(SOCK_DGRAM)
        // Room for many seconds: a test that gets no CPU must lose nothing.
        var room: CInt = 32 << 20
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, socklen_t(MemoryLayout<CInt>.size))
        var wait = timeval(tv_sec: 0, tv_usec: 100_000)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        thread = try WorkerThread(name: "datagrams", serve)
    }

    /// Of all datagrams that were taken so far.
    var bytes: Int { lock.withLock { counted } }

    /// Takes no more.
    func close() {
        shutdown(descriptor, CInt(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            if count <= 0 { return }
            lock.withLock { counted += count + Self.headers }
        }
    }
}
