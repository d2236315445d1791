import APITestServer
import Aggregates
import Fleet
import KubernetesAPI
import Logging

/// Clients of a test server as several planners have them, with short waits.
enum ClusterFixture {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameter user: who the server takes the client for; what it asked is found by it.
    static func client(_ server: APITestServer, _ user: String) throws -> APIClient {
        server.setUser(ServerUser(name: user, rules: [.everything]), token: user)
        var access = ClusterAccess(server: server.url, origin: "test")
        access.credential = .token(user)
        var options = APIClientOptions()
        options.requestsPerSecond = 1_000
        options.burst = 1_000
        options.timeLimit = .seconds(2)
        options.retries = 1
        options.backoffBase = .milliseconds(1)
        options.backoffCap = .milliseconds(5)
        return try APIClient(access: access, options: options, logger: quiet)
    }

    static func with<Value>(
        _ users: [String],
        _ body: (APITestServer, [APIClient]) async throws -> Value
    ) async throws -> Value {
        try await APITestServer.with { server in
            server.addNamespace("shop")
            let clients = try users.map { try client(server, $0) }
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(server, clients))
            } catch {
                result = .failure(error)
            }
            for client in clients { await client.close() }
            return try result.get()
        }
    }
}

extension JSON {
    /// `json[at: "spec", "replicas"]`; nil where there is none.
    subscript(at path: String...) -> JSON? {
        path.reduce(Optional(self)) { $0?.fields?[$1] }
    }
}
