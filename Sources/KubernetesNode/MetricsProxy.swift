internal import AgentClient
package import AsyncHTTPClient
package import Connect
package import Logging
internal import NIOCore
internal import NIOHTTP1

/// Shows `/metrics`, `/healthz` and `/readyz` of the agent beside it to the cluster.
///
/// The agent, which has privileges, listens on nothing but its Unix socket; what faces the network
/// is this, which has none. Nothing else of the agent is passed on.
package struct MetricsProxy: Sendable {
    private let agent: AgentSocket
    private let logger: Logger
    private let options: PageServerOptions

    /// - Parameters:
    ///   - socket: the agent's.
    ///   - client: stays the caller's.
    ///   - limit: of the agent's answer.
    package init(
        socket: String, _ options: PageServerOptions, client: HTTPClient, limit: Duration = .seconds(10), logger: Logger
    ) {
        agent = AgentSocket(path: socket, client: client, limit: limit)
        self.options = options
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
            logger.warning("\(agent.path)\(path): \(NetworkFault.text(error))")
            return .line(.badGateway, "the agent does not answer")
        }
    }

    private func ask(_ path: String, accepting accept: String?) async throws -> Page {
        let answer = try await agent.page(path, accepting: accept)
        var headers = HTTPHeaders()
        if let type = answer.type { headers.add(name: "content-type", value: type) }
        return Page(status: answer.status, headers: headers, body: answer.body)
    }
}
