import Synchronization

/// Two agents' `/metrics` on loopback, in the words that Sources/Telemetry writes.
final class AgentPages: Sendable {
    private struct Container {
        let agent: Int
        let cgroup: String
        /// Nil: what is no container of an application.
        let application: String?
        let cores: Double
        let bytes: Int
    }

    private static let containers = [
        Container(agent: 0, cgroup: "/kubepods.slice/w0", application: "shop/Deployment/web", cores: 2, bytes: 100 << 20),
        Container(agent: 1, cgroup: "/kubepods.slice/w0", application: "shop/Deployment/web", cores: 1, bytes: 50 << 20),
        Container(agent: 0, cgroup: "/kubepods.slice/a0", application: "shop/Deployment/api", cores: 0.5, bytes: 25 << 20),
        Container(agent: 0, cgroup: "/system.slice", application: nil, cores: 4, bytes: 999 << 20),
    ]
    /// Of the applications on both agents, and on the first alone.
    static let cores = 3.5, coresOfFirst = 2.5
    static let bytes = Double(175 << 20), bytesOfFirst = Double(125 << 20)

    private final class State: Sendable {
        let areAway = Mutex([false, false])
        let start = ContinuousClock.now
    }

    private let state = State()
    private let servers: [HTTPPages]

    init() async throws {
        let state = state
        var servers: [HTTPPages] = []
        for agent in 0..<2 {
            servers.append(
                try await HTTPPages { _, _ in
                    state.areAway.withLock { $0[agent] }
                        ? .text(503, "away") : .text(200, Self.page(agent, (ContinuousClock.now - state.start) / .seconds(1)))
                })
        }
        self.servers = servers
    }

    var ports: [Int] { servers.map(\.port) }

    func set(away: [Bool]) { state.areAway.withLock { $0 = away } }

    func close() async { for server in servers { await server.close() } }

    private static func page(_ agent: Int, _ seconds: Double) -> String {
        let containers = containers.filter { $0.agent == agent }
        func family(_ name: String, _ type: String, _ line: (Container) -> String) -> String {
            "# HELP \(name) As the test says.\n# TYPE \(name) \(type)\n" + containers.map { name + line($0) + "\n" }.joined()
        }
        return family("headroom_cgroup_cpu_seconds_total", "counter") {
            "{cgroup=\"\($0.cgroup)\",leaf=\"true\"} \(1_000 + $0.cores * seconds)"
        } + family("headroom_cgroup_memory_bytes", "gauge") { "{cgroup=\"\($0.cgroup)\",leaf=\"true\"} \($0.bytes)" }
            + family("headroom_cgroup_info", "gauge") {
                let kind = $0.application.map { "kubernetes_container\",application=\"\($0)\",namespace=\"shop" } ?? "slice"
                return "{cgroup=\"\($0.cgroup)\",leaf=\"true\",kind=\"\(kind)\"} 1"
            }
    }
}
