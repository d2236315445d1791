internal import FoundationEssentials

/// All that the server has and knows: what is under its one lock.
struct Cluster {
    var kinds: [ServedKind]
    private(set) var objects: [ObjectKey: StoredObject] = [:]
    /// One counter for all kinds, as etcd has it.
    private(set) var version = 1000
    private(set) var history: [Change] = []
    /// Versions below are forgotten.
    private(set) var compacted = 0
    private var snapshots: [String: Snapshot] = [:]
    var hub = WatchHub()
    /// Namespace and kind, to how many there may be: see `APITestServer.limit`.
    var quotas: [Quota] = []
    var streamsLists = true

    /// What is left of a list that is read page by page.
    struct Snapshot {
        var items: [StoredObject]
        var version: Int
    }

    init(kinds: [ServedKind]) {
        self.kinds = kinds
        for name in ["default", "kube-system"] { seedNamespace(name) }
    }

    mutating func seedNamespace(_ name: String) {
        let key = ObjectKey(storage: ServedKind.namespaces.storage, namespace: "", name: name)
        guard objects[key] == nil else { return }
        let json: JSON = [
            "metadata": [
                "name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)],
            ],
            "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
        ]
        store(StoredObject(json: Self.born(json)), key)
    }

    static var now: String { Date().formatted(.iso8601) }

    /// With what each object gets when it is created.
    static func born(_ json: JSON) -> JSON {
        var json = json
        json["metadata"]["uid"] = .string(UUID().uuidString.lowercased())
        json["metadata"]["creationTimestamp"] = .string(now)
        return json
    }

    func kind(_ group: String, _ version: String, _ plural: String) -> ServedKind? {
        kinds.first { $0.group == group && $0.plural == plural && $0.versions.contains(version) }
    }

    func key(_ kind: ServedKind, _ namespace: String?, _ name: String) -> ObjectKey {
        ObjectKey(storage: kind.storage, namespace: kind.isNamespaced ? namespace ?? "" : "", name: name)
    }

    func object(_ kind: ServedKind, _ namespace: String?, _ name: String) throws(StatusError) -> StoredObject {
        guard let object = objects[key(kind, namespace, name)] else { throw .notFound(kind, name) }
        return object
    }

    /// Ordered by namespace and name. - Parameter namespace: nil for all.
    func all(_ kind: ServedKind, _ namespace: String?) -> [StoredObject] {
        objects.filter { $0.key.storage == kind.storage && (namespace == nil || $0.key.namespace == namespace) }
            .sorted { ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name) }
            .map(\.value)
    }

    /// Puts it there under a new version, and tells those who watch.
    @discardableResult
    mutating func store(_ object: StoredObject, _ key: ObjectKey) -> StoredObject {
        version += 1
        var object = object
        object.json["metadata"]["resourceVersion"] = .string(String(version))
        let change = Change(version: version, key: key, old: objects[key], new: object)
        objects[key] = object
        history.append(change)
        hub.tell(change)
        return object
    }

    @discardableResult
    mutating func remove(_ key: ObjectKey) -> StoredObject? {
        guard var object = objects.removeValue(forKey: key) else { return nil }
        version += 1
        let change = Change(version: version, key: key, old: object, new: nil)
        history.append(change)
        hub.tell(change)
        object.json["metadata"]["resourceVersion"] = .string(String(version))
        collectGarbage(of: object, key)
        return object
    }

    /// What the deleted object owned, or what was in the deleted namespace.
    private mutating func collectGarbage(of object: StoredObject, _ key: ObjectKey) {
        let isNamespace = key.storage == ServedKind.namespaces.storage
        let gone = objects.filter { other, stored in
            if isNamespace { return other.namespace == key.name }
            let owners = stored.json["metadata"]["ownerReferences"].items ?? []
            return !owners.isEmpty && owners.allSatisfy { $0["uid"].text == object.uid }
        }
        for other in gone.keys.sorted(by: { $0.name < $1.name }) { remove(other) }
    }

    /// Forgets all versions up to now: watches from them and pages of lists are answered with 410.
    mutating func compact() {
        compacted = version
        history.removeAll()
        snapshots.removeAll()
        // Nothing more is asked for, so that "now" can be told from what is forgotten.
        version += 1
    }

    mutating func save(_ snapshot: Snapshot) -> String {
        let token = UUID().uuidString
        snapshots[token] = snapshot
        return token
    }

    func snapshot(_ token: String) -> Snapshot? { snapshots[token] }
}
