/// Whose work a cgroup does, where that was told (`PodDirectory`). Immutable; windows hand on a
/// reference.
package final class Workload: Sendable {
    package let namespace: String
    package let pod: String
    package let application: String
    /// Nil for the pod itself, and for a container that was not told of.
    package let container: String?

    package init(_ pod: Pod, containerID: String?) {
        namespace = pod.namespace
        self.pod = pod.name
        application = pod.application
        container = containerID.flatMap { pod.containers[$0] }
    }
}
