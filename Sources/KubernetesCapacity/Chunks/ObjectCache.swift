internal import KubernetesAPI

/// Objects as a watch and our own writes have last shown them, by name.
struct ObjectCache<Object: APIObject>: Sendable {
    private var objects: [String: Object] = [:]
    private var trouble: (reason: String, at: ContinuousClock.Instant)?

    subscript(name: String) -> Object? { objects[name] }

    var values: some Sequence<Object> { objects.values }

    /// Why what is here may be old; nil while the watch follows. A watch that works again says
    /// nothing until something changes, and one that does not fails again within a minute.
    func trouble(at now: ContinuousClock.Instant) -> String? {
        guard let trouble, now < trouble.at.advanced(by: .seconds(90)) else { return nil }
        return trouble.reason
    }

    /// Takes in what a watch has seen.
    /// - Returns: the names of objects that are no longer what they were.
    /// - Throws: `KindGone` when the cluster does not serve the kind.
    mutating func take(_ change: WatchChange<Object>, at now: ContinuousClock.Instant) throws
        -> Set<String>
    {
        switch change {
        case .synced(let all):
            trouble = nil
            let before = Set(objects.keys)
            var found: [String: Object] = [:]
            for object in all { found[object.metadata.name] = newer(object) }
            objects = found
            return before.union(found.keys)
        case .changed(let object):
            trouble = nil
            objects[object.metadata.name] = newer(object)
            return [object.metadata.name]
        case .removed(let object):
            trouble = nil
            let name = object.metadata.name
            // An object made again since is not the one that went.
            guard let known = objects[name], known.metadata.uid == object.metadata.uid else {
                return []
            }
            objects[name] = nil
            return [name]
        case .failing(let failure):
            trouble = ("\(failure)", now)
            if failure.isNotFound { throw KindGone() }
            return []
        }
    }

    /// The answer to a write or a read.
    mutating func store(_ object: Object) { objects[object.metadata.name] = newer(object) }

    mutating func forget(_ name: String) { objects[name] = nil }

    /// The later state of an object: a watch may tell of one before what our own write returned, and
    /// our write may return after the watch has told of what others did next.
    ///
    /// Resource versions of one object compare as numbers: Kubernetes promises it since 1.35 and
    /// etcd's have always done so. Where a server's are no numbers, the generation has to do.
    private func newer(_ object: Object) -> Object {
        guard let known = objects[object.metadata.name], known.metadata.uid == object.metadata.uid else {
            return object
        }
        if let version = object.metadata.versionNumber, let last = known.metadata.versionNumber {
            return version < last ? known : object
        }
        guard let generation = object.metadata.generation, let last = known.metadata.generation else {
            return object
        }
        return generation < last ? known : object
    }
}

extension ObjectMeta {
    fileprivate var versionNumber: UInt64? { resourceVersion.flatMap { UInt64($0) } }
}
