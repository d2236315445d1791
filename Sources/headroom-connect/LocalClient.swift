internal import AsyncHTTPClient
internal import NIOCore

/// An HTTP client for the agent on this host, and for what stands beside it.
enum LocalClient {
    /// Runs `body` with one that follows no redirect and tells at once of what is not there; shut down whatever comes.
    static func with(_ body: (HTTPClient) async throws -> Void) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(10))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var failure: (any Error)?
        do {
            try await body(client)
        } catch {
            failure = error
        }
        try await client.shutdown()
        if let failure { throw failure }
    }
}
