struct ObjectKey: Hashable, Sendable {
    /// `ServedKind.storage`.
    var storage: String
    /// "" for objects without.
    var namespace: String
    var name: String
}
