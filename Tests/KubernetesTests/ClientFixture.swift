import APITestServer
import Foundation
import KubernetesAPI
import Logging

/// A client of a test server, with short waits.
enum ClientFixture {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func access(_ server: APITestServer, token: String = APITestServer.token) -> ClusterAccess {
        var access = ClusterAccess(server: server.url, origin: "test")
        access.credential = .token(token)
        return access
    }

    static func with<Value>(
        kinds: [ServedKind] = ServedKind.all, access: ((APITestServer) -> ClusterAccess)? = nil,
        options change: (inout APIClientOptions) -> Void = { _ in },
        _ body: (APITestServer, APIClient) async throws -> Value
    ) async throws -> Value {
        try await APITestServer.with(kinds: kinds) { server in
            server.addNamespace("shop")
            var options = APIClientOptions()
            options.requestsPerSecond = 1_000
            options.burst = 1_000
            options.backoffBase = .milliseconds(1)
            options.backoffCap = .milliseconds(5)
            change(&options)
            let client = try APIClient(
                access: access?(server) ?? Self.access(server), options: options, logger: quiet)
            do {
                let value = try await body(server, client)
                await client.close()
                return value
            } catch {
                await client.close()
                throw error
            }
        }
    }

    static func map(_ name: String, _ data: [String: String] = [:]) -> ConfigMap {
        var map = ConfigMap(metadata: ObjectMeta(name: name, namespace: "shop"))
        map.data = data
        return map
    }
}
