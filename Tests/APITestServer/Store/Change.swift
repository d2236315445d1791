/// What happened to one object, at a version of its own.
struct Change: Sendable {
    var version: Int
    var key: ObjectKey
    /// Nil when it was created.
    var old: StoredObject?
    /// Nil when it was deleted.
    var new: StoredObject?
}
