internal import ArgumentParser
internal import KubernetesAPI
internal import Logging

/// Which cluster, and as whom.
struct ClusterOptions: ParsableArguments {
    @Option(help: "The kubeconfig. Without it KUBECONFIG, the pod's service account, or ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context to use instead of its current one.")
    var context: String?

    @Option(name: .shortAndLong, help: "The namespace of our objects. Without it the context's, or the pod's.")
    var namespace: String?
}
