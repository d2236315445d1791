internal import Glibc
internal import Synchronization

/// As much of Prometheus' HTTP API as the fleet planner asks, over TCP on 127.0.0.1: POSTs of forms,
/// connections that stay, a thread for each. Ends when the value goes.
final class PrometheusStandIn {
    let port: Int
    private let shared: Shared

    /// The threads', which may outlive what made them.
    private final class Shared: Sendable {
        let listener: CInt
        let answers: Mutex<FleetAnswers>
        let connections = Mutex<Set<CInt>>([])

        init(_ listener: CInt, _ answers: sending FleetAnswers) {
            self.listener = listener
            self.answers = Mutex(answers)
        }
    }

    /// - Parameter answers: handed over: nobody else may use it.
    init(_ answers: sending FleetAnswers) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw BenchError.last("socket", "TCP") }
        let address = try Loopback.bind(listener)
        guard listen(listener, 8) == 0 else { throw BenchError.last("listen", "127.0.0.1") }
        port = Int(UInt16(bigEndian: address.sin_port))
        let shared = Shared(listener, answers)
        self.shared = shared
        try WorkerThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                // As Go's: else each answer waits for the acknowledgement of its head.
                var yes: CInt = 1
                unsafe setsockopt(
                    connection, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
                _ = shared.connections.withLock { $0.insert(connection) }
                try? WorkerThread { Self.serve(connection, shared) }.detach()
            }
            close(listener)
        }.detach()
    }

    deinit {
        // Both make blocked calls return; the threads close.
        shutdown(shared.listener, CInt(SHUT_RDWR))
        shared.connections.withLock { for connection in $0 { shutdown(connection, CInt(SHUT_RDWR)) } }
    }

    private static func serve(_ connection: CInt, _ shared: Shared) {
        var pending: [UInt8] = []
        while let form = request(connection, &pending) {
            shared.answers.withLock { answers in
                answers.answer(form) { body in
                    let head =
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
                    Wire.send(connection, Array(head.utf8))
                    Wire.send(connection, body)
                }
            }
        }
        _ = shared.connections.withLock { $0.remove(connection) }
        close(connection)
    }

    /// The next request's form; nil when the connection ended.
    private static func request(_ connection: CInt, _ pending: inout [UInt8]) -> [String: String]? {
        while true {
            if let head = Wire.head(pending) {
                let whole = head.end + head.length
                if pending.count >= whole {
                    defer { pending.removeFirst(whole) }
                    return fields(pending[head.end..<whole])
                }
            }
            guard Wire.receive(connection, &pending) else { return nil }
        }
    }

    private static func fields(_ body: ArraySlice<UInt8>) -> [String: String] {
        var fields: [String: String] = [:]
        for field in body.split(separator: UInt8(ascii: "&")) {
            let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[decoded(parts[0])] = decoded(parts[1])
        }
        return fields
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2 {
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
