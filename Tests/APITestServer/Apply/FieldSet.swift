/// Fields, as managers own them. Leaves, and items of lists with keys.
struct FieldSet: Hashable, Sendable {
    var paths: Set<FieldPath> = []

    private static let identity: Set<String> = [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields",
        "selfLink", "generateName", "deletionTimestamp",
    ]

    /// All that `object` has, but what says which object it is.
    init(of object: JSON, _ kind: ServedKind) {
        for (name, value) in object.fields ?? [:] where name != "apiVersion" && name != "kind" {
            var value = value
            if name == "metadata" {
                value = .object((value.fields ?? [:]).filter { !Self.identity.contains($0.key) })
                if value.isEmpty { continue }
            }
            add(value, FieldPath(elements: [.field(name)]), name, nil, kind)
        }
    }

    init(_ paths: Set<FieldPath> = []) { self.paths = paths }

    private mutating func add(
        _ value: JSON, _ path: FieldPath, _ name: String, _ parent: String?, _ kind: ServedKind
    ) {
        if let fields = value.fields, !fields.isEmpty, !ListRule.isAtomicMap(name) {
            for (key, member) in fields { add(member, path.appending(.field(key)), key, name, kind) }
            return
        }
        if let items = value.items, !items.isEmpty {
            switch ListRule.of(name, in: parent, kind) {
            case .atomic: break
            case .set:
                for item in items { paths.insert(path.appending(.value(item))) }
                return
            case .map(let keys):
                for item in items {
                    guard let identity = ListRule.identity(item, keys) else { continue }
                    let place = path.appending(.item(identity))
                    paths.insert(place)
                    for (key, member) in item.fields ?? [:] { add(member, place.appending(.field(key)), key, name, kind) }
                }
                return
            }
        }
        paths.insert(path)
    }

    /// Fields whose values differ: those of either that the other has not, or has otherwise.
    static func changes(from old: JSON, to new: JSON, _ kind: ServedKind) -> (changed: FieldSet, removed: FieldSet) {
        let before = FieldSet(of: old, kind)
        let after = FieldSet(of: new, kind)
        let changed = after.paths.filter { path in
            guard before.paths.contains(path) else { return true }
            if case .item = path.elements.last { return false }
            return path.value(in: old) != path.value(in: new)
        }
        return (FieldSet(changed), FieldSet(before.paths.subtracting(after.paths)))
    }

    /// FieldsV1: a tree of `f:name`, `k:{"key":"value"}` and `v:value`.
    var tree: JSON {
        paths.reduce(into: JSON.object([:])) { Self.insert($1.elements[...], into: &$0) }
    }

    private static func insert(_ elements: ArraySlice<FieldPath.Element>, into tree: inout JSON) {
        guard let element = elements.first else { return }
        let name =
            switch element {
            case .field(let name): "f:\(name)"
            case .item(let keys): "k:\(JSON.object(keys))"
            case .value(let value): "v:\(value)"
            }
        var branch = tree.fields?[name] ?? [:]
        let rest = elements.dropFirst()
        if rest.isEmpty, case .item = element { branch["."] = .object([:]) }
        insert(rest, into: &branch)
        tree[name] = branch
    }
}
