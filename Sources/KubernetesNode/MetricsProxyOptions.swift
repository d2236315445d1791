package import NIOSSL

/// Where the agent's metrics are shown to others than the host, and to whom.
package struct MetricsProxyOptions: Sendable {
    package var host: String
    package var port: Int
    /// The agent's Unix socket.
    package var socket: String
    /// Nil: HTTP without TLS.
    package var tls: TLSConfiguration?
    /// A file with the bearer token that has to be shown, read for each request; nil: none has to.
    package var tokenFile: String?

    package init(
        host: String, port: Int, socket: String, tls: TLSConfiguration? = nil,
        tokenFile: String? = nil
    ) {
        self.host = host
        self.port = port
        self.socket = socket
        self.tls = tls
        self.tokenFile = tokenFile
    }

    /// All that is passed on.
    static let paths: Set<String> = ["/metrics", "/healthz", "/readyz"]
    static let connectionLimit = 64
    /// The largest page of metrics, bytes: 10 000 cgroups with all their series.
    static let pageLimit = 256 << 20
}
