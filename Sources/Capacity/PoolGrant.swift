/// One pool's standing with one resource of the node.
struct PoolGrant: Sendable {
    let pool: String
    /// The total it has.
    var granted: Double
}
