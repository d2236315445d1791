/// What the orchestrator tells of one pod, as no path does.
package struct Pod: Sendable, Hashable {
    /// As cgroup paths have it: for a static pod the hash of its manifest, which the API has in the
    /// annotation `kubernetes.io/config.hash`.
    package var uid: String
    package var namespace: String
    package var name: String
    /// What it is one of: `shop/Deployment/web`. Pods of one application do the same work.
    package var application: String
    /// Names by id.
    package var containers: [String: String]

    package init(
        uid: String, namespace: String, name: String, application: String,
        containers: [String: String] = [:]
    ) {
        self.uid = uid
        self.namespace = namespace
        self.name = name
        self.application = application
        self.containers = containers
    }
}
