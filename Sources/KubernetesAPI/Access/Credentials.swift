internal import Connect
internal import FoundationEssentials
internal import NIOSSL

/// What stands in for us with each request: the token and the TLS material, read again when files
/// rotate, asked for again when a plugin's answer has expired or the server refuses it.
actor Credentials {
    struct Material: Sendable {
        var token: String?
        var tls: TLSConfiguration?
        /// Which reading it is of: see `refused`.
        var generation: Int
    }

    private let access: ClusterAccess
    private let now: @Sendable () -> Double
    private var material: Material?
    private var generation = 0
    /// Unix seconds after which files are looked at, or the plugin is asked, again.
    private var staleAt = 0.0
    private var running: Task<Material, any Error>?

    /// Files are looked at this often, seconds: tokens are valid for minutes after they were replaced.
    static let period = 60.0
    /// A plugin's answer is not used for its last seconds.
    private static let margin = 10.0

    /// - Parameter now: Unix seconds.
    init(_ access: ClusterAccess, now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) {
        self.access = access
        self.now = now
    }

    /// What to use now. Those who ask at one time wait for one reading.
    func current() async throws -> Material {
        if let material, now() < staleAt { return material }
        if let running { return try await running.value }
        let task = Task { try await self.read() }
        running = task
        defer { running = nil }
        return try await task.value
    }

    /// The server did not know who `used` is: the next reading is a new one. Those that were read
    /// since stay.
    func refused(_ used: Material) {
        if used.generation == generation { staleAt = 0 }
    }

    private func read() async throws -> Material {
        var token: String?
        var chain: ([UInt8], key: [UInt8])?
        var validUntil = now() + Self.period
        switch access.credential {
        case .none: break
        case .token(let text): token = text
        case .tokenFile(let path):
            guard let word = HeaderText.token(String(decoding: try Self.bytes(path), as: UTF8.self)) else {
                throw ClusterAccessError(path, "no token; expected one word of visible ASCII characters")
            }
            token = word
        case .certificate(let certificate, let key):
            chain = (try Self.bytes(certificate), key: try Self.bytes(key))
        case .exec(let plugin):
            let answer = try await plugin.run(server: access.server)
            token = answer.token
            if let certificate = answer.certificate, let key = answer.key { chain = (certificate, key: key) }
            validUntil = answer.expires.map { $0 - Self.margin } ?? .infinity
        }
        let tls = access.server.hasPrefix("https:") ? try tlsConfiguration(chain) : nil
        generation += 1
        staleAt = validUntil
        let read = Material(token: token, tls: tls, generation: generation)
        material = read
        return read
    }

    private func tlsConfiguration(_ chain: ([UInt8], key: [UInt8])?) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        switch access.authority {
        case .system: break
        case .none: tls.certificateVerification = .none
        case .file(let path): tls.trustRoots = .certificates(try Self.certificates(Self.bytes(path), path))
        case .pem(let pem):
            tls.trustRoots = .certificates(try Self.certificates(pem, "certificate-authority-data"))
        }
        if let (certificate, key) = chain {
            let place = access.origin
            tls.certificateChain = try Self.certificates(certificate, "the client certificate of \(place)")
                .map { .certificate($0) }
            do {
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch {
                throw ClusterAccessError("the client key of \(place)", "no private key in PEM")
            }
        }
        return tls
    }

    private static func certificates(_ pem: [UInt8], _ place: String) throws -> [NIOSSLCertificate] {
        guard let found = try? NIOSSLCertificate.fromPEMBytes(pem), !found.isEmpty else {
            throw ClusterAccessError(place, "no certificate in PEM")
        }
        return found
    }

    private static func bytes(_ source: ClusterAccess.PEMSource) throws -> [UInt8] {
        switch source {
        case .pem(let pem): pem
        case .file(let path): try bytes(path)
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ClusterAccessError(path, "cannot be read")
        }
    }
}
