internal import Glibc

/// Sockets on 127.0.0.1.
enum Loopback {
    /// Small datagrams from one socket to another, one thread: one egress and one ingress a
    /// datagram.
    static func datagrams(seconds: Double) throws -> LoadResult {
        let receiver = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        let sender = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        defer {
            close(receiver)
            close(sender)
        }
        guard receiver >= 0, sender >= 0 else { throw BenchError.last("socket", "UDP") }
        let address = try bind(receiver)
        try connect(sender, address)
        let total = LoadTotal()
        let start = Clock.monotonic()
        let end = start + Int64(seconds * 1e9)
        let worker = try WorkerThread(cpu: WorkerThread.quietCPU) {
            let before = Clock.thread()
            var payload = [UInt8](repeating: 0, count: 64)
            var count = 0
            repeat {
                for _ in 0..<64 {
                    _ = unsafe send(sender, &payload, payload.count, 0)
                    _ = unsafe recv(receiver, &payload, payload.count, 0)
                }
                count += 64
            } while Clock.monotonic() < end
            total.add(operations: count, cpuNanoseconds: Clock.thread() - before)
        }
        worker.join()
        return total.result(wallNanoseconds: Clock.monotonic() - start)
    }

    /// A TCP stream of 128 KiB writes, as iperf3, but sent and received by one thread: with two,
    /// how they overlap moves the figure by more than any probe. An operation is a MiB received.
    static func stream(seconds: Double) throws -> LoadResult {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw BenchError.last("socket", "TCP") }
        defer { close(listener) }
        let room = CInt(4 << 20)
        unsafe withUnsafeBytes(of: room) { bytes in
            // Before the handshake, which fixes how far the window can grow.
            _ = unsafe setsockopt(
                listener,
                SOL_SOCKET,
                SO_RCVBUF,
                bytes.baseAddress,
                socklen_t(bytes.count)
            )
        }
        let address = try bind(listener)
        guard listen(listener, 1) == 0 else { throw BenchError.last("listen", "127.0.0.1") }
        let sender = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        unsafe withUnsafeBytes(of: room) { bytes in
            _ = unsafe setsockopt(
                sender,
                SOL_SOCKET,
                SO_SNDBUF,
                bytes.baseAddress,
                socklen_t(bytes.count)
            )
        }
        try connect(sender, address)
        let receiver = accept(listener, nil, nil)
        guard receiver >= 0 else { throw BenchError.last("accept", "127.0.0.1") }
        defer {
            close(sender)
            close(receiver)
        }

        let total = LoadTotal()
        let start = Clock.monotonic()
        let end = start + Int64(seconds * 1e9)
        let worker = try WorkerThread(cpu: WorkerThread.quietCPU) {
            let before = Clock.thread()
            let size = 128 * 1024
            var block = [UInt8](repeating: 0, count: size)
            var blocks = 0
            repeat {
                guard unsafe send(sender, block, size, 0) == size else { break }
                var left = size
                while left > 0 {
                    let count = unsafe recv(receiver, &block, left, 0)
                    if count <= 0 { break }
                    left -= count
                }
                blocks += 1
            } while Clock.monotonic() < end
            total.add(operations: blocks / 8, cpuNanoseconds: Clock.thread() - before)
        }
        worker.join()
        return total.result(wallNanoseconds: Clock.monotonic() - start)
    }

    /// A TCP port that nothing listened at a moment ago.
    static func freePort() throws -> Int {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw BenchError.last("socket", "TCP") }
        defer { close(listener) }
        return Int(UInt16(bigEndian: try bind(listener).sin_port))
    }

    static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return address
    }

    static func bind(_ descriptor: CInt) throws -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let result = unsafe Glibc.bind(descriptor, generic, length)
                unsafe getsockname(descriptor, generic, &length)
                return result
            }
        }
        guard result == 0 else { throw BenchError.last("bind", "127.0.0.1") }
        return address
    }

    static func connect(_ descriptor: CInt, _ address: sockaddr_in) throws {
        var address = address
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(
                    descriptor,
                    generic,
                    socklen_t(MemoryLayout<sockaddr_in>.size)
                )
            }
        }
        guard result == 0 else { throw BenchError.last("connect", "127.0.0.1") }
    }
}
