/// A value out of line, with a copy of its own as soon as it is changed: what is large and rarely
/// touched does not lie between what every round touches. Value semantics; allocates when it is
/// made, and when it is changed after its owner was copied.
struct Boxed<Value: Sendable>: Sendable {
    private final class Storage: @unchecked Sendable {
        var value: Value

        init(_ value: Value) { self.value = value }
    }

    private var storage: Storage

    init(_ value: Value) { storage = Storage(value) }

    var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }
}
