package import KubernetesAPI

/// Where the lease is kept. Errors are `APIFailure`s where the store answered.
package protocol LeaseStore: Sendable {
    /// Nil when there is none.
    func read() async throws -> Lease?
    /// A conflict when there is one by now.
    func create(_ lease: Lease) async throws -> Lease
    /// A conflict when it was changed since `lease` was read.
    func replace(_ lease: Lease) async throws -> Lease
}

/// In a cluster.
package struct ClusterLeaseStore: LeaseStore {
    private let client: APIClient
    private let namespace: String
    private let name: String

    package init(client: APIClient, namespace: String, name: String) {
        self.client = client
        self.namespace = namespace
        self.name = name
    }

    package func read() async throws -> Lease? {
        do {
            return try await client.get(Lease.self, namespace: namespace, name: name)
        } catch let failure as APIFailure where failure.isNotFound {
            return nil
        }
    }

    package func create(_ lease: Lease) async throws -> Lease {
        var lease = lease
        lease.metadata = ObjectMeta(name: name, namespace: namespace)
        return try await client.create(lease)
    }

    package func replace(_ lease: Lease) async throws -> Lease { try await client.replace(lease) }
}
