import Foundation
import TestSupport
import Testing

/// No token, key or password is in what headroom-connect says, whatever goes wrong.
@Suite struct SecretTests {
    private static let secret = "s3cretOfAKubeconfig"

    private static func kubeconfig(user: String, server: String = "https://127.0.0.1:1", more: String = "") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        clusters: [{name: c, cluster: {server: "\(server)", insecure-skip-tls-verify: true}}]
        contexts: [{name: here, context: {cluster: c, user: u}}]
        users:
        - name: u
          user: \(user)
        \(more)
        """
    }

    static let kubeconfigs: [String] = [
        kubeconfig(user: "{token: \(secret)}"),
        kubeconfig(user: "{token: [\(secret)]}"),
        kubeconfig(user: "{token: {\(secret): 1}}"),
        kubeconfig(user: "{token: \"\(secret)\", nonsense: \"\(secret)\"}"),
        kubeconfig(user: "{token: \"\(secret)\\qbad\"}"),
        kubeconfig(user: "{token: \(secret) two}", more: "  - :\n\(secret): ["),
        kubeconfig(user: "{username: admin, password: \(secret)}"),
        kubeconfig(user: "{client-certificate-data: \(secret), client-key-data: \(secret)}"),
        kubeconfig(user: "{client-key-data: [\(secret)]}"),
        kubeconfig(user: "{token: a}", server: "https://user:\(secret)@127.0.0.1:1"),
        kubeconfig(user: "{tokenFile: secrets}"),
        // What no header can have, which a client library would show.
        kubeconfig(user: "{token: \"\(secret)\\x07\"}"),
        kubeconfig(user: "{token: \"\(secret)\\r\\nx: y\"}"),
        kubeconfig(user: "{token: \(secret)}", server: "http://192.0.2.1:6443"),
        kubeconfig(
            user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/echo, args: [\(secret)], interactiveMode: Never}}"),
        kubeconfig(
            user:
                "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false, interactiveMode: Never, env: [{name: A, value: \(secret)}]}}"
        ),
    ]

    @Test(arguments: kubeconfigs) func credentialsOfAKubeconfigAreInNoError(text: String) throws {
        let place = try TemporaryPlace()
        let file = place.url.appendingPathComponent("config")
        try text.write(to: file, atomically: true, encoding: .utf8)
        try "\(Self.secret) \(Self.secret)".write(
            to: place.url.appendingPathComponent("secrets"), atomically: true, encoding: .utf8)
        let result = try Program.run(
            "timeout", ["20", BuiltProgram.path("headroom-connect"), "doctor", "--kubeconfig", file.path], in: place.url)
        #expect(result.code != 0 && !result.text.isEmpty, "nothing could work with it")
        #expect(!result.text.contains("s3cret"), "\(result.text)")
    }

    @Test(arguments: [
        ["fleet", "--once", "--no-lease", "--prometheus", "http://user:s3cretWord@127.0.0.1:1"],
        ["fleet", "--once", "--no-lease", "--prometheus", "http://127.0.0.1:1", "--token-file", "secrets"],
        ["fleet", "--once", "--no-lease", "--prometheus", "http://127.0.0.1:1", "--headers-file", "secrets"],
        ["fleet", "--once", "--no-lease", "--prometheus", "http://127.0.0.1:1", "--headers-file", "crlf"],
        ["fleet", "--once", "--no-lease", "--prometheus", "http://127.0.0.1:1", "--headers-file", "control"],
        ["fleet", "--once", "--no-lease", "--prometheus", "http://127.0.0.1:1", "--token-file", "word"],
        ["fleet", "--once", "--no-lease", "--prometheus", "http://192.0.2.1:1", "--headers-file", "crlf"],
        ["otlp", "--endpoint", "http://127.0.0.1:1", "--headers-file", "control"],
        ["otlp", "--endpoint", "http://192.0.2.1:1", "--headers-file", "crlf"],
        ["webhook", "check", "--url", "https://user:s3cretWord@127.0.0.1:1/", "--key-file", "secrets"],
        ["webhook", "check", "--url", "https://127.0.0.1:1/?key=x", "--key-file", "secrets", "--attempt-timeout", "1"],
        ["node", "--listen", "127.0.0.1:1", "--listen-certificate", "secrets", "--listen-key", "secrets"],
    ])
    func filesOfSecretsAreInNoError(words: [String]) throws {
        let place = try TemporaryPlace()
        try "s3cret of some words that is no token: at all, and no header\n\u{7}".write(
            to: place.url.appendingPathComponent("secrets"), atomically: true, encoding: .utf8)
        for (name, text) in [
            ("crlf", "Authorization: Bearer s3cretWord\r\nX-Scope-OrgID: me\r\n"), ("control", "Authorization: Bearer s3cretWord\u{7}\n"),
            ("word", "s3cretWord\u{7}\n"),
        ] {
            try text.write(to: place.url.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let result = try Program.run(
            "timeout", ["20", BuiltProgram.path("headroom-connect")] + words, in: place.url)
        #expect(result.code != 0 && !result.text.isEmpty, "\(words)")
        // What was typed as an argument is everybody's already; what was in a file is not to be shown.
        #expect(!result.text.contains("s3cret of some"), "\(result.text)")
        #expect(!result.text.contains("s3cretWord"), "\(result.text)")
    }

    /// `ps` shows arguments to every user: no option takes a secret itself.
    @Test func secretsComeByFileAlone() throws {
        for program in ["headroom", "headroom-connect"] {
            let help = try Program.run(BuiltProgram.path(program), ["--experimental-dump-help"])
            #expect(help.code == 0)
            let names = help.text.matches(of: /"name" : "([a-z-]+)"/).map { String($0.1) }
            #expect(names.count > 10)
            for name in names where name.contains("token") || name.contains("password") || name.contains("secret") || name.contains("key") {
                #expect(
                    name.hasSuffix("-file") || ["listen-key", "certificate-key", "key"].contains(name),
                    "\(program) --\(name) would be seen by everybody")
            }
        }
    }
}
