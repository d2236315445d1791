internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import NIOSSL
internal import Synchronization
internal import TestSupport

/// A Kubernetes API server in this process, on loopback, that is as strict as a real one: it refuses
/// what they refuse, in their words.
///
/// Tests script its faults, act as somebody else on its objects, and look at what it received. Any
/// thread may call it; each call is atomic, and what it changes is seen by watches in that order.
package final class APITestServer: Sendable {
    struct State {
        var cluster: Cluster
        var users: [String: ServerUser]
        var faults = FaultPlan()
        var requests: [ReceivedRequest] = []
        var held: [@Sendable () -> Void] = []
        var channels: [ObjectIdentifier: any Channel] = [:]
        var listener: (any Channel)?
        var aggregatesDiscovery = true
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    struct Waiter {
        var condition: @Sendable (APITestServer) -> Bool
        var continuation: CheckedContinuation<Void, any Error>
    }

    /// A token of someone who may do everything.
    package static let token = "test-token"

    let state: Mutex<State>
    /// It keeps the port when it goes down and comes up again.
    package var port: Int { place.port }

    package var url: String { (tls == nil ? "http" : "https") + "://127.0.0.1:\(port)" }

    private let place: HeldPort

    private let tls: NIOSSLContext?

    private init(_ state: consuming State, _ place: HeldPort, _ tls: NIOSSLContext?) {
        self.state = Mutex(state)
        self.place = place
        self.tls = tls
    }

    /// - Parameters:
    ///   - kinds: that it serves; what is left out is not installed.
    ///   - tls: its certificate; nil for plain text.
    package static func start(
        kinds: [ServedKind] = ServedKind.all, tls: NIOSSLContext? = nil
    ) async throws -> APITestServer {
        let server = APITestServer(
            State(
                cluster: Cluster(kinds: kinds),
                users: [token: ServerUser(name: "headroom", rules: [.everything])]), try HeldPort(), tls)
        try await server.comeUp()
        return server
    }

    /// Runs `body` with a server, and stops it then.
    package static func with<Value>(
        kinds: [ServedKind] = ServedKind.all, tls: NIOSSLContext? = nil,
        _ body: (APITestServer) async throws -> Value
    ) async throws -> Value {
        let server = try await start(kinds: kinds, tls: tls)
        do {
            let value = try await body(server)
            try await server.goDown()
            return value
        } catch {
            try? await server.goDown()
            throw error
        }
    }

    /// Listens again on its port.
    package func comeUp() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(HTTPFront(self))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        state.withLock { $0.listener = listener }
    }

    /// Closes the listener and all connections. Objects stay, as in etcd.
    package func goDown() async throws {
        let (listener, channels) = state.withLock { state in
            defer {
                state.listener = nil
                state.held.removeAll()
            }
            return (state.listener, Array(state.channels.values))
        }
        try await listener?.close()
        for channel in channels { try? await channel.close() }
        stirred()
    }

    func opened(_ channel: any Channel) {
        let isUp = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.listener != nil
        }
        // Accepted before the listener was closed.
        if !isUp, port != 0 { stirred() }
    }

    func closed(_ channel: any Channel) {
        state.withLock { _ = $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    func forget(_ sink: any WatchSink) {
        state.withLock { $0.cluster.hub.remove(sink) }
        stirred()
    }

    /// Wakes those who wait for what is now so.
    func stirred() {
        let waiters = state.withLock { $0.waiters }
        for (id, waiter) in waiters where waiter.condition(self) {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
