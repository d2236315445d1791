package import AsyncHTTPClient
internal import Connect
package import NIOCore
package import NIOHTTP1

/// The pages of the agent on this host, over its Unix socket. Any task may ask.
package struct AgentSocket: Sendable {
    package let path: String
    private let client: HTTPClient
    private let base: String
    private let limit: Duration

    /// The largest page, bytes: 10 000 cgroups with all their series.
    private static let pageLimit = 256 << 20

    /// - Parameters:
    ///   - client: stays the caller's.
    ///   - limit: of a page, from the question to its last byte.
    package init(path: String, client: HTTPClient, limit: Duration = .seconds(10)) {
        self.path = path
        self.client = client
        self.limit = limit
        base =
            "http+unix://"
            + path.utf8.reduce(into: "") { text, byte in
                let isPlain = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                text += isPlain ? String(UnicodeScalar(byte)) : "%" + Self.hex(byte)
            }
    }

    /// - Returns: status, type and body as they came. - Throws: what the connection did; `TimeLimitError`.
    package func page(
        _ page: String, accepting accept: String? = nil
    ) async throws -> (status: HTTPResponseStatus, type: String?, body: ByteBuffer) {
        var request = HTTPClientRequest(url: base + page)
        request.headers.add(name: "host", value: "localhost")
        if let accept { request.headers.add(name: "accept", value: accept) }
        let message = request
        // A deadline of the client's ends with the answer's head.
        return try await withTimeLimit(limit) {
            let response = try await client.execute(message, timeout: TimeAmount(limit))
            return (
                response.status, response.headers.first(name: "content-type"),
                try await response.body.collect(upTo: Self.pageLimit)
            )
        }
    }

    /// A page as text. - Throws: `Refusal` for another answer than 200.
    package func text(_ name: String) async throws -> String {
        let answer = try await page(name)
        guard answer.status == .ok else { throw Refusal(status: Int(answer.status.code)) }
        return String(buffer: answer.body)
    }

    package struct Refusal: Error, CustomStringConvertible {
        package let status: Int
        package var description: String { "answered \(status)" }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}
