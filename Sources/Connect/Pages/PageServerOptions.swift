package import NIOSSL

/// Where pages are shown, and to whom.
package struct PageServerOptions: Sendable {
    package var host: String
    package var port: Int
    /// Nil: HTTP without TLS.
    package var tls: TLSConfiguration?
    /// A file with the bearer token that `/metrics` asks for, read for each request; nil: none.
    package var tokenFile: String?

    package init(host: String, port: Int, tls: TLSConfiguration? = nil, tokenFile: String? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
        self.tokenFile = tokenFile
    }

    static let connectionLimit = 64
}
