/// A program that makes credentials: client.authentication.k8s.io, v1 and v1beta1.
package struct ExecPlugin: Sendable, Hashable {
    package var apiVersion: String
    package var command: String
    package var arguments: [String] = []
    package var environment: [String: String] = [:]
    package var installHint: String?
    /// Whether it is told which cluster it is for, in `KUBERNETES_EXEC_INFO`.
    package var providesClusterInfo = false

    package init(apiVersion: String, command: String) {
        self.apiVersion = apiVersion
        self.command = command
    }

    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
    /// A program that says nothing for so long is given up.
    static let patience = Duration.seconds(60)
}
