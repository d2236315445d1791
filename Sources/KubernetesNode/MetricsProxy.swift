package import AsyncHTTPClient
package import Connect
internal import FoundationEssentials
package import Logging
internal import NIOCore
internal import NIOHTTP1

/// Shows `/metrics`, `/healthz` and `/readyz` of the agent beside it to the cluster.
///
/// The agent, which has privileges, listens on nothing but its Unix socket; what faces the network
/// is this, which has none. Nothing else of the agent is passed on.
package struct MetricsProxy: Sendable {
    private let socket: String
    private let client: HTTPClient
    private let logger: Logger
    private let options: PageServerOptions

    /// The largest page of metrics, bytes: 10 000 cgroups with all their series.
    private static let pageLimit = 256 << 20

    /// - Parameters:
    ///   - socket: the agent's.
    ///   - client: stays the caller's.
    package init(socket: String, _ options: PageServerOptions, client: HTTPClient, logger: Logger) {
        self.socket = socket
        self.options = options
        self.client = client
        self.logger = logger
    }

    /// Serves until it is cancelled.
    /// - Parameter started: told the port once it listens.
    /// - Throws: what keeps it from listening.
    package func run(started: @Sendable (Int) -> Void = { _ in }) async throws {
        try await PageServer(options, logger: logger) { await page($0, accepting: $1) }.run(started: started)
    }

    private func page(_ path: String, accepting accept: String?) async -> Page {
        do {
            return try await ask(path, accepting: accept)
        } catch {
            logger.warning("\(socket)\(path): \(error)")
            return .line(.badGateway, "the agent does not answer")
        }
    }

    private func ask(_ path: String, accepting accept: String?) async throws -> Page {
        let socket = socket.utf8.reduce(into: "") { text, byte in
            let isPlain = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + Self.hex(byte)
        }
        var request = HTTPClientRequest(url: "http+unix://\(socket)\(path)")
        request.headers.add(name: "host", value: "localhost")
        if let accept { request.headers.add(name: "accept", value: accept) }
        let response = try await client.execute(request, timeout: .seconds(10))
        var headers = HTTPHeaders()
        if let type = response.headers.first(name: "content-type") {
            headers.add(name: "content-type", value: type)
        }
        return Page(
            status: response.status, headers: headers,
            body: try await response.body.collect(upTo: Self.pageLimit))
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}
