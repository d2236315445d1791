internal import Connect
internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

extension ExecPlugin {
    /// What a plugin said.
    struct Credential: Sendable {
        var token: String?
        var certificate: [UInt8]?
        var key: [UInt8]?
        /// Unix seconds; nil: until the server refuses it.
        var expires: Double?
    }

    private struct Answer: Decodable {
        struct Status: Decodable {
            var expirationTimestamp: String?
            var token: String?
            var clientCertificateData: String?
            var clientKeyData: String?
        }

        var apiVersion: String?
        var kind: String?
        var status: Status?
    }

    private struct Question: Encodable {
        struct Spec: Encodable {
            struct Cluster: Encodable {
                let server: String
            }

            let interactive = false
            let cluster: Cluster?
        }

        let apiVersion: String
        let kind = "ExecCredential"
        let spec: Spec
    }

    /// Runs the program once, without a terminal.
    func run(server: String) async throws -> Credential {
        func failure(_ reason: String) -> ClusterAccessError {
            ClusterAccessError("exec plugin \(command)", reason + (installHint.map { "; \($0)" } ?? ""))
        }
        let question = Question(
            apiVersion: apiVersion, spec: .init(cluster: providesClusterInfo ? .init(server: server) : nil))
        var variables: [Environment.Key: String?] = [
            "KUBERNETES_EXEC_INFO": String(decoding: try JSONEncoder().encode(question), as: UTF8.self)
        ]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let overlay = variables
        let result: (status: TerminationStatus, output: String, errors: String)
        do {
            result = try await withTimeLimit(Self.patience) {
                let ended = try await Subprocess.run(
                    command.contains("/") ? .path(.init(command)) : .name(command),
                    arguments: Arguments(arguments), environment: .inherit.updating(overlay),
                    output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
                return (ended.terminationStatus, ended.standardOutput, ended.standardError)
            }
        } catch is TimeLimitError {
            throw failure("it said nothing for \(Self.patience)")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw failure("it cannot be run: \(error)")
        }
        guard result.status.isSuccess else {
            let told = result.errors.split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw failure("it ended with \(result.status)\(told)")
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(result.output.utf8)),
            answer.kind == "ExecCredential", let status = answer.status
        else { throw failure("what it said is no ExecCredential") }
        guard answer.apiVersion == apiVersion else {
            throw failure("it speaks \(answer.apiVersion ?? "no version"); the kubeconfig says \(apiVersion)")
        }
        // Some say that they have none, beside a certificate, by an empty one.
        let given = status.token.flatMap { $0.isEmpty ? nil : $0 }
        let token = given.flatMap(HeaderText.token)
        guard token != nil || given == nil else {
            throw failure("the token that it gave (not shown) is none: expected one word of visible ASCII characters")
        }
        let credential = Credential(
            token: token, certificate: status.clientCertificateData.map { Array($0.utf8) },
            key: status.clientKeyData.map { Array($0.utf8) },
            expires: try status.expirationTimestamp.map {
                guard let date = try? Date($0, strategy: .iso8601) else {
                    throw failure("expirationTimestamp is \"\($0)\"; expected RFC 3339")
                }
                return date.timeIntervalSince1970
            })
        guard credential.token != nil || (credential.certificate != nil && credential.key != nil) else {
            throw failure("it gave neither a token nor a certificate with its key")
        }
        return credential
    }
}
