internal import Connect
internal import FoundationEssentials
internal import YAML

/// One or more kubeconfig files, merged as kubectl merges them: the first file that says something
/// has the say, and relative paths are relative to the file they stand in.
struct Kubeconfig {
    private struct Named {
        let file: String
        let fields: Fields
    }

    private var clusters: [String: Named] = [:]
    private var users: [String: Named] = [:]
    private var contexts: [String: Named] = [:]
    private var currentContext: String?
    private let files: [String]

    /// - Parameter allowsMissing: as in `KUBECONFIG`, where files may not be there.
    static func load(_ paths: [String], allowsMissing: Bool = false) throws(ClusterAccessError) -> Kubeconfig {
        var config = Kubeconfig(files: paths)
        var found = 0
        for path in paths {
            if allowsMissing, !FileManager.default.fileExists(atPath: path) { continue }
            found += 1
            try config.merge(path)
        }
        guard found > 0 else {
            throw ClusterAccessError(paths.joined(separator: ":"), "KUBECONFIG names no file that is there")
        }
        return config
    }

    private init(files: [String]) { self.files = files }

    private mutating func merge(_ path: String) throws(ClusterAccessError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ClusterAccessError(path, "cannot be read; expected a kubeconfig")
        }
        let root: YAMLNode?
        do throws(YAMLRefusal) {
            root = try YAMLReader.read(Array(data))
        } catch {
            let line = error.mark.map { ":\($0.line)" } ?? ""
            throw ClusterAccessError(path + line, error.reason)
        }
        guard let root else { return }
        let fields = try Fields(root, path, "")
        for (key, keep) in [
            ("clusters", \Kubeconfig.clusters), ("users", \.users), ("contexts", \.contexts),
        ] as [(String, WritableKeyPath<Kubeconfig, [String: Named]>)] {
            for entry in try fields.list(key) {
                let name = try entry.required("name")
                let inner = try entry.section(String(key.dropLast())) ?? entry
                if self[keyPath: keep][name] == nil {
                    self[keyPath: keep][name] = Named(file: path, fields: inner)
                }
            }
        }
        if currentContext == nil, let name = try fields.text("current-context"), !name.isEmpty {
            currentContext = name
        }
    }

    /// - Parameter name: nil for the current context.
    func access(context name: String?) throws(ClusterAccessError) -> ClusterAccess {
        let place = files.joined(separator: ":")
        guard let chosen = name ?? currentContext else {
            throw ClusterAccessError(place, "there is no current-context; choose one with --context: \(Self.names(contexts))")
        }
        guard let context = contexts[chosen] else {
            throw ClusterAccessError(place, "there is no context \"\(chosen)\"; there are \(Self.names(contexts))")
        }
        let clusterName = try context.fields.required("cluster")
        guard let cluster = clusters[clusterName] else {
            throw ClusterAccessError(place, "context \"\(chosen)\" names cluster \"\(clusterName)\"; there are \(Self.names(clusters))")
        }
        var access = ClusterAccess(
            server: try Self.server(cluster.fields), origin: "context \(chosen) of \(context.file)")
        try Self.authority(cluster, &access)
        access.proxy = try cluster.fields.text("proxy-url")
        if let namespace = try context.fields.text("namespace"), !namespace.isEmpty {
            access.namespace = namespace
        }
        if let userName = try context.fields.text("user"), !userName.isEmpty {
            guard let user = users[userName] else {
                throw ClusterAccessError(place, "context \"\(chosen)\" names user \"\(userName)\"; there are \(Self.names(users))")
            }
            access.credential = try Self.credential(user)
        }
        return access
    }

    private static func names(_ named: [String: Named]) -> String {
        named.isEmpty ? "none" : named.keys.sorted().joined(separator: ", ")
    }

    private static func server(_ cluster: Fields) throws(ClusterAccessError) -> String {
        var server = try cluster.required("server")
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw cluster.refusal("server", "\"\(URLText.withoutUser(server))\" is no URL; expected one such as https://10.0.0.1:6443")
        }
        guard !URLText.namesUser(server) else {
            throw cluster.refusal(
                "server",
                "\"\(URLText.withoutUser(server))\" names a user; API servers do not take this: expected a token, a client certificate or exec"
            )
        }
        while server.hasSuffix("/") { server.removeLast() }
        return server
    }

    private static func authority(_ cluster: Named, _ access: inout ClusterAccess) throws(ClusterAccessError) {
        if let pem = try cluster.fields.base64("certificate-authority-data") {
            access.authority = .pem(pem)
        } else if let path = try cluster.fields.text("certificate-authority"), !path.isEmpty {
            access.authority = .file(absolute(path, in: cluster.file))
        }
        if try cluster.fields.flag("insecure-skip-tls-verify") { access.authority = .none }
        access.serverName = try cluster.fields.text("tls-server-name")
    }

    private static func credential(_ user: Named) throws(ClusterAccessError) -> ClusterAccess.Credential {
        let fields = user.fields
        for key in ["username", "password", "auth-provider"] where fields.has(key) {
            throw fields.refusal(key, "API servers do not take this any more; expected a token, a client certificate or exec")
        }
        if let exec = try fields.section("exec") { return .exec(try plugin(exec, user.file)) }
        let certificate = try source("client-certificate", user)
        let key = try source("client-key", user)
        switch (certificate, key) {
        case (let certificate?, let key?): return .certificate(certificate, key: key)
        case (nil, nil): break
        default: throw fields.refusal("client-certificate", "a certificate and its key go together; one is missing")
        }
        // A file has the say, as in kubectl: it can rotate.
        if let path = try fields.text("tokenFile"), !path.isEmpty { return .tokenFile(absolute(path, in: user.file)) }
        if let token = try fields.text("token"), !token.isEmpty {
            guard let word = HeaderText.token(token) else {
                throw fields.refusal("token", "no token (not shown): expected one word of visible ASCII characters")
            }
            return .token(word)
        }
        return .none
    }

    private static func source(_ key: String, _ user: Named) throws(ClusterAccessError) -> ClusterAccess.PEMSource? {
        if let pem = try user.fields.base64("\(key)-data") { return .pem(pem) }
        guard let path = try user.fields.text(key), !path.isEmpty else { return nil }
        return .file(absolute(path, in: user.file))
    }

    private static func plugin(_ exec: Fields, _ file: String) throws(ClusterAccessError) -> ExecPlugin {
        let version = try exec.required("apiVersion")
        guard ExecPlugin.apiVersions.contains(version) else {
            throw exec.refusal("apiVersion", "\"\(version)\"; expected \(ExecPlugin.apiVersions.joined(separator: " or "))")
        }
        if try exec.text("interactiveMode") == "Always" {
            throw exec.refusal("interactiveMode", "\"Always\": there is no terminal here; expected IfAvailable or Never")
        }
        let command = try exec.required("command")
        var plugin = ExecPlugin(
            apiVersion: version,
            // A name without a slash is looked for in PATH; with one, beside the file.
            command: command.contains("/") ? absolute(command, in: file) : command)
        plugin.arguments = try exec.texts("args")
        for variable in try exec.list("env") {
            plugin.environment[try variable.required("name")] = try variable.text("value") ?? ""
        }
        plugin.installHint = try exec.text("installHint")
        plugin.providesClusterInfo = try exec.flag("provideClusterInfo")
        return plugin
    }

    private static func absolute(_ path: String, in file: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
