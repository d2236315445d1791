/// coordination.k8s.io: who of several does something, for how long.
package struct Lease: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", isNamespaced: true)

    package struct Spec: Codable, Sendable, Hashable {
        /// "" or absent: nobody has it.
        package var holderIdentity: String?
        package var leaseDurationSeconds: Int?
        /// RFC 3339 with microseconds; of the holder's clock, so only ever compared with itself.
        package var acquireTime: String?
        package var renewTime: String?
        /// Times that it went from one holder to another.
        package var leaseTransitions: Int?

        package init(
            holderIdentity: String?, leaseDurationSeconds: Int?, acquireTime: String?,
            renewTime: String?, leaseTransitions: Int?
        ) {
            self.holderIdentity = holderIdentity
            self.leaseDurationSeconds = leaseDurationSeconds
            self.acquireTime = acquireTime
            self.renewTime = renewTime
            self.leaseTransitions = leaseTransitions
        }
    }

    package var metadata: ObjectMeta
    package var spec: Spec

    package init(metadata: ObjectMeta, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }
}
