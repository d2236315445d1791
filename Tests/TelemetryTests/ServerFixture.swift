import Agent
import Foundation
import Glibc

@testable import Telemetry

/// A server over a table that a test fills, on a socket and on TCP, gone with the value.
final class ServerFixture {
    let table: TableFixture
    let directory: String
    let server: TelemetryServer
    var socket: String { directory + "/headroom.sock" }

    init(limits: ServerLimits = ServerLimits(), limit: Int = 200, ipv6: Bool = false) throws {
        table = TableFixture(slots: 512, limit: limit)
        table.tick((1...300).map { ($0, "/leaf\($0)", .busy(UInt64($0) * 1000)) })
        directory = "/tmp/headroom-telemetry-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        var options = TelemetryOptions()
        options.maxCgroups = limit
        options.listen = LoopbackAddress(
            anyPortOf: ipv6 ? [UInt8](repeating: 0, count: 15) + [1] : [127, 0, 0, 1]
        )
        server = try TelemetryServer(
            options: options,
            limit: SeriesLimit(limit),
            version: "1.2.3",
            directory: RuntimeDirectory(path: directory),
            table: table.reader(),
            board: table.board,
            limits: limits
        )
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// What the metrics say of `sample`; they are written once a tick, and here there is one.
    func counted(_ sample: String) throws -> Int? {
        let page = try client().get("/metrics")?.body ?? ""
        return page.split(separator: "\n").first { $0.hasPrefix(sample + " ") }.flatMap { Int($0.dropFirst(sample.count + 1)) }
    }

    func client(tcp: Bool = false) throws -> Client { try Client(tcp ? nil : socket, server.port!) }
}

/// A client that sends what a test wants, at its pace.
final class Client: Sendable {
    private let descriptor: CInt

    struct Failure: Error {
        let code: CInt
    }

    /// - Parameter path: of a Unix socket; nil: TCP to `port`.
    init(_ path: String?, _ port: UInt16) throws {
        let result: CInt
        if let path {
            descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) {
                unsafe $0.copyBytes(from: path.utf8)
            }
            result = unsafe Self.connect(descriptor, &address)
        } else {
            descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            result = unsafe Self.connect(descriptor, &address)
        }
        guard result == 0 else { throw Failure(code: errno) }
        wait(seconds: 8)
    }

    deinit { close(descriptor) }

    @unsafe private static func connect<Address>(
        _ descriptor: CInt,
        _ address: inout Address
    ) -> CInt {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private func wait(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &time,
            socklen_t(MemoryLayout<timeval>.size)
        )
    }

    /// - Returns: false when the server takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor,
                    $0.baseAddress! + sent,
                    $0.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Up to `limit` bytes; empty at the end, or when nothing comes.
    func receive(_ limit: Int = 65_536) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, limit, 0)
        }
        return Array(bytes.prefix(max(0, count)))
    }

    /// All until the server closes.
    func rest() -> String {
        var all: [UInt8] = []
        while true {
            let bytes = receive()
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    /// One answer, by its Content-Length.
    func answer(isHead: Bool = false) -> (status: Int, head: String, body: String)? {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            let byte = receive(1)
            if byte.isEmpty { return nil }
            head += byte
        }
        let text = String(decoding: head, as: UTF8.self)
        let words = text.split(separator: " ")
        let length = text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
            .flatMap { Int($0.dropFirst("Content-Length: ".count)) }
        guard words.count > 1, let status = Int(words[1]), let length else { return nil }
        var body: [UInt8] = []
        while !isHead, body.count < length {
            let bytes = receive(length - body.count)
            if bytes.isEmpty { return nil }
            body += bytes
        }
        return (status, text, String(decoding: body, as: UTF8.self))
    }

    func get(_ path: String, _ fields: String = "") -> (status: Int, head: String, body: String)? {
        send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
        return answer()
    }
}
