import APITestServer
import Foundation
import KubernetesAPI
import NIOSSL
import Testing

/// How the client finds a cluster and proves who it is, against a server with TLS.
@Suite struct ClusterAccessTests {
    /// A server, its authority, and a client's certificate of that authority, in a folder of their own.
    private struct Certificates {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID().uuidString)")

        init() async throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "ca.key",
                "-out", "ca.pem", "-subj", "/CN=authority")
            try await issue("server", "subjectAltName=IP:127.0.0.1")
            try await issue("client", "extendedKeyUsage=clientAuth")
        }

        private func issue(_ name: String, _ extensions: String) async throws {
            try write("\(name).ext", extensions)
            try await openssl(
                "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(name).key", "-out", "\(name).csr",
                "-subj", "/CN=\(name)")
            try await openssl(
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem")
        }

        private func openssl(_ words: String...) async throws {
            let folder = folder
            let code = try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    let process = Process()
                    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                    process.arguments = ["openssl"] + words
                    process.currentDirectoryURL = folder
                    process.standardInput = FileHandle.nullDevice
                    process.standardOutput = FileHandle.nullDevice
                    process.standardError = FileHandle.nullDevice
                    do {
                        try process.run()
                        process.waitUntilExit()
                        continuation.resume(returning: process.terminationStatus)
                    } catch { continuation.resume(throwing: error) }
                }
            }
            try #require(code == 0, "openssl \(words)")
        }

        @discardableResult func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
            let url = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: url)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
            return url.path
        }

        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

        func base64(_ name: String) throws -> String {
            try Data(contentsOf: folder.appendingPathComponent(name)).base64EncodedString()
        }

        func context() throws -> NIOSSLContext {
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(path("server.pem")).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: path("server.key"), format: .pem)))
            tls.trustRoots = .file(path("ca.pem"))
            tls.certificateVerification = .optionalVerification
            return try NIOSSLContext(configuration: tls)
        }

        func kubeconfig(_ server: APITestServer, cluster: String, user: String) throws -> String {
            try write(
                "config",
                """
                apiVersion: v1
                kind: Config
                current-context: test
                clusters:
                - name: there
                  cluster:
                    server: \(server.url)
                    \(cluster)
                users:
                - name: me
                  user:
                    \(user.split(separator: "\n").joined(separator: "\n    "))
                contexts:
                - name: test
                  context: {cluster: there, user: me, namespace: shop}
                """)
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private func with(_ body: (Certificates, APITestServer) async throws -> Void) async throws {
        let certificates = try await Certificates()
        defer { certificates.remove() }
        try await APITestServer.with(tls: try certificates.context()) { server in
            server.addNamespace("shop")
            try await body(certificates, server)
        }
    }

    /// Whether the objects of the context's namespace can be read, else why not.
    private func reads(_ access: ClusterAccess) async throws -> String? {
        var options = APIClientOptions()
        options.backoffBase = .milliseconds(1)
        options.backoffCap = .milliseconds(5)
        let client = try APIClient(access: access, options: options, logger: ClientFixture.quiet)
        defer { Task { await client.close() } }
        do {
            _ = try await client.list(ConfigMap.self, namespace: access.namespace)
            return nil
        } catch { return "\(error)" }
    }

    @Test func aClientCertificateIsTakenFromFilesAndFromTheKubeconfigItself() async throws {
        try await with { certificates, server in
            try server.setUser(
                ServerUser(name: "client", rules: [.everything]),
                certificate: try #require(try NIOSSLCertificate.fromPEMFile(certificates.path("client.pem")).first))
            // Beside the kubeconfig, as relative paths have it.
            let files = try certificates.kubeconfig(
                server, cluster: "certificate-authority: ca.pem",
                user: "client-certificate: client.pem\nclient-key: client.key")
            let access = try ClusterAccess.find(kubeconfig: files, environment: [:])
            #expect(access.namespace == "shop" && access.identity == "a client certificate")
            #expect(try await reads(access) == nil)
            #expect(server.requests.allSatisfy { $0.user == "client" })
            let inline = try certificates.kubeconfig(
                server, cluster: "certificate-authority-data: \(try certificates.base64("ca.pem"))",
                user: """
                    client-certificate-data: \(try certificates.base64("client.pem"))
                    client-key-data: \(try certificates.base64("client.key"))
                    """)
            // By KUBECONFIG, whose files may be missing.
            let found = try ClusterAccess.find(environment: ["KUBECONFIG": "/not/there:\(inline)"])
            #expect(try await reads(found) == nil)
        }
    }

    @Test func aServerOfAnotherAuthorityIsSentNothing() async throws {
        try await with { certificates, server in
            let config = try certificates.kubeconfig(server, cluster: "{}", user: "token: \(APITestServer.token)")
            try certificates.write("config", try String(contentsOfFile: config, encoding: .utf8).replacing("\n    {}", with: ""))
            let failure = try await reads(.find(kubeconfig: config, environment: [:]))
            #expect(failure?.contains(server.url) == true, "\(failure ?? "")")
            #expect(failure?.contains("not of an authority that is trusted here") == true, "\(failure ?? "")")
            #expect(server.requests.isEmpty)
            let other = try certificates.kubeconfig(
                server, cluster: "certificate-authority: ca.pem", user: "token: \(APITestServer.token)")
            #expect(try await reads(.find(kubeconfig: other, environment: [:])) == nil)
        }
    }

    @Test func aPodsServiceAccountIsUsedAndItsTokenReadAgain() async throws {
        try await with { certificates, server in
            try certificates.write("token", APITestServer.token)
            try certificates.write("namespace", "shop\n")
            try certificates.write("ca.crt", try String(contentsOfFile: certificates.path("ca.pem"), encoding: .utf8))
            let environment = ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "\(server.port)"]
            let access = try #require(
                try ClusterAccess.inCluster(environment: environment, directory: certificates.folder.path))
            #expect(access.namespace == "shop")
            let client = try APIClient(access: access, logger: ClientFixture.quiet)
            _ = try await client.list(ConfigMap.self, namespace: "shop")
            try certificates.write("token", "second")
            server.rotate(APITestServer.token, to: "second")
            _ = try await client.list(ConfigMap.self, namespace: "shop")
            await client.close()
        }
    }

    @Test func whatAnExecPluginSaysIsUsedUntilItIsRefused() async throws {
        try await with { certificates, server in
            // Counts how often it was asked, and shows what it was told.
            let plugin = try certificates.write(
                "plugin",
                """
                #!/bin/bash
                cd "$(dirname "$0")"
                echo "$KUBERNETES_EXEC_INFO" > told
                echo "$1 $FLAVOUR" >> asked
                printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$(cat now)"
                """, mode: 0o700)
            try certificates.write("now", APITestServer.token)
            let config = try certificates.kubeconfig(
                server, cluster: "certificate-authority: ca.pem",
                user: """
                    exec:
                      apiVersion: client.authentication.k8s.io/v1
                      command: ./plugin
                      args: [token]
                      env: [{name: FLAVOUR, value: plain}]
                      interactiveMode: IfAvailable
                      provideClusterInfo: true
                    """)
            let access = try ClusterAccess.find(kubeconfig: config, environment: [:])
            #expect(access.identity.contains(plugin.split(separator: "/").last ?? "?"))
            let client = try APIClient(access: access, logger: ClientFixture.quiet)
            _ = try await client.list(ConfigMap.self, namespace: "shop")
            _ = try await client.list(ConfigMap.self, namespace: "shop")
            func asked() throws -> [Substring] {
                try String(contentsOfFile: certificates.path("asked"), encoding: .utf8).split(separator: "\n")
            }
            #expect(try asked() == ["token plain"], "one answer does for many requests")
            let told = try String(contentsOfFile: certificates.path("told"), encoding: .utf8)
            #expect(told.contains(#""kind":"ExecCredential""#) && told.contains("127.0.0.1:\(server.port)"), "\(told)")
            try certificates.write("now", "second")
            server.rotate(APITestServer.token, to: "second")
            _ = try await client.list(ConfigMap.self, namespace: "shop")
            #expect(try asked().count == 2)
            await client.close()
        }
    }

    /// kubectl takes that too.
    @Test func anExecPluginMaySayByAnEmptyTokenThatItHasNone() async throws {
        try await with { certificates, server in
            try server.setUser(
                ServerUser(name: "client", rules: [.everything]),
                certificate: try #require(try NIOSSLCertificate.fromPEMFile(certificates.path("client.pem")).first))
            try certificates.write(
                "plugin",
                """
                #!/bin/bash
                cd "$(dirname "$0")"
                line() { awk '{ printf "%s\\\\n", $0 }' "$1"; }
                printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"",'
                printf '"clientCertificateData":"%s","clientKeyData":"%s"}}' "$(line client.pem)" "$(line client.key)"
                """, mode: 0o700)
            let config = try certificates.kubeconfig(
                server, cluster: "certificate-authority: ca.pem",
                user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}")
            #expect(try await reads(.find(kubeconfig: config, environment: [:])) == nil)
            #expect(server.requests.allSatisfy { $0.user == "client" })
        }
    }

    @Test(arguments: [
        ("exit 3", "ended with"), ("echo hello", "no ExecCredential"),
        (#"echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"x"}}'"#, "speaks"),
        (#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'"#, "neither a token"),
    ])
    func whatIsWrongWithAnExecPluginIsTold(script: String, told: String) async throws {
        try await with { certificates, server in
            try certificates.write("plugin", "#!/bin/bash\n\(script)\n", mode: 0o700)
            let config = try certificates.kubeconfig(
                server, cluster: "certificate-authority: ca.pem",
                user: """
                    exec:
                      apiVersion: client.authentication.k8s.io/v1
                      command: ./plugin
                      installHint: install the plugin of our cloud
                    """)
            let failure = try await reads(.find(kubeconfig: config, environment: [:]))
            #expect(failure?.contains(told) == true && failure?.contains("plugin of our cloud") == true, "\(failure ?? "")")
        }
    }

    @Test(arguments: [
        ("clusters: [", "config:"), ("current-context: gone", "there is no context \"gone\""), ("", "no current-context"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]", "names cluster \"b\""),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b, cluster: {server: ftp://x}}]", "no URL"),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: b, user: u}}]\n"
                + "clusters: [{name: b, cluster: {server: 'https://x'}}]\nusers: [{name: u, user: {client-key-data: aaaa}}]",
            "go together"
        ),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: b, user: u}}]\n"
                + "clusters: [{name: b, cluster: {server: 'https://x'}}]\nusers: [{name: u, user: {username: root}}]",
            "do not take this any more"
        ),
    ])
    func whatIsWrongWithAKubeconfigIsTold(text: String, told: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("config").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ClusterAccessError.self) {
            try ClusterAccess.find(kubeconfig: path, environment: [:])
        }
        #expect(error?.description.contains(told) == true && error?.description.contains(path) == true, "\(error?.description ?? "")")
    }
}
