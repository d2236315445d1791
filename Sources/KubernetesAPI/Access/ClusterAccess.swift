internal import FoundationEssentials

/// Where an API server is, how it is known to be the right one, and who we are to it.
package struct ClusterAccess: Sendable {
    package enum Authority: Sendable, Hashable {
        /// What this host trusts.
        case system
        case file(String)
        case pem([UInt8])
        /// No verification at all.
        case none
    }

    package enum Credential: Sendable, Hashable {
        case none
        case token(String)
        /// Read again when it changes: tokens of service accounts rotate.
        case tokenFile(String)
        case certificate(PEMSource, key: PEMSource)
        case exec(ExecPlugin)
    }

    package enum PEMSource: Sendable, Hashable {
        case file(String)
        case pem([UInt8])
    }

    /// Without a slash at its end.
    package var server: String
    package var authority = Authority.system
    /// The name that the server's certificate is for, where that is not the URL's.
    package var serverName: String?
    package var credential = Credential.none
    /// `http://HOST:PORT` or `socks5://HOST:PORT`.
    package var proxy: String?
    /// Where objects go when nothing else is said.
    package var namespace = "default"
    /// For people: where all this was found.
    package var origin: String

    package init(server: String, origin: String) {
        self.server = server
        self.origin = origin
    }

    static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// How a pod's service account reaches its cluster; nil outside of one.
    package static func inCluster(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        directory: String = serviceAccount
    ) throws(ClusterAccessError) -> ClusterAccess? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else { return nil }
        guard FileManager.default.isReadableFile(atPath: directory + "/token") else {
            throw ClusterAccessError(
                directory + "/token",
                "cannot be read; a pod needs a service account, and automountServiceAccountToken not to be false")
        }
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        var access = ClusterAccess(server: "https://\(name):\(port)", origin: "the pod's service account")
        access.authority = .file(directory + "/ca.crt")
        access.credential = .tokenFile(directory + "/token")
        if let data = try? Data(contentsOf: URL(filePath: directory + "/namespace")) {
            let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
            if !text.isEmpty { access.namespace = text }
        }
        return access
    }

    /// As kubectl looks for it: the file that is named, `KUBECONFIG`, the pod's service account, `~/.kube/config`.
    package static func find(
        kubeconfig: String? = nil, context: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ClusterAccessError) -> ClusterAccess {
        if let kubeconfig { return try Kubeconfig.load([kubeconfig]).access(context: context) }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            return try Kubeconfig.load(list.split(separator: ":").map(String.init), allowsMissing: true)
                .access(context: context)
        }
        if context == nil, let access = try inCluster(environment: environment) { return access }
        let standard = (environment["HOME"] ?? "") + "/.kube/config"
        guard FileManager.default.fileExists(atPath: standard) else {
            throw ClusterAccessError(
                standard,
                "there is no such file, and this is no pod; name a kubeconfig with --kubeconfig or KUBECONFIG")
        }
        return try Kubeconfig.load([standard]).access(context: context)
    }

    /// Whether each request shows a token, or may.
    var sendsToken: Bool {
        switch credential {
        case .none, .certificate: false
        case .token, .tokenFile, .exec: true
        }
    }

    /// For people; no secrets.
    package var identity: String {
        switch credential {
        case .none: "nobody (anonymous)"
        case .token: "a token"
        case .tokenFile(let path): "the token in \(path)"
        case .certificate: "a client certificate"
        case .exec(let plugin): "what \(plugin.command) says"
        }
    }
}
