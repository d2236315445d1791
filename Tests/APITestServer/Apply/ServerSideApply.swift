/// Server-side apply and the bookkeeping of owners that all writes take part in.
struct ServerSideApply {
    let kind: ServedKind
    /// When, RFC 3339.
    let time: String

    /// Who owns what after a write that was no apply.
    func update(
        _ managers: [FieldManager], from old: JSON, to new: JSON, by writer: FieldManager
    ) -> [FieldManager] {
        let (changed, removed) = FieldSet.changes(from: old, to: new, kind)
        guard !changed.paths.isEmpty || !removed.paths.isEmpty else { return managers }
        var managers = managers
        let gone = changed.paths.union(removed.paths)
        for index in managers.indices { managers[index].fields.paths.subtract(gone) }
        add(changed.paths, writer, to: &managers)
        return managers.filter { !$0.fields.paths.isEmpty }
    }

    private func add(_ paths: Set<FieldPath>, _ writer: FieldManager, to managers: inout [FieldManager]) {
        guard !paths.isEmpty else { return }
        if let index = managers.firstIndex(where: { $0.isSame(as: writer) }) {
            managers[index].fields.paths.formUnion(paths)
            managers[index].time = time
            managers[index].apiVersion = writer.apiVersion
        } else {
            var writer = writer
            writer.fields.paths = paths
            writer.time = time
            managers.append(writer)
        }
    }

    /// - Parameters:
    ///   - applied: what the writer wants, and all it wants.
    ///   - live: the object there is; an empty one where there is none.
    /// - Throws: 409 that names managers and fields.
    func apply(
        _ applied: JSON, to live: JSON, _ managers: [FieldManager], by writer: FieldManager, force: Bool
    ) throws(StatusError) -> (object: JSON, managers: [FieldManager]) {
        let wanted = FieldSet(of: applied, kind)
        var object = merge(applied, into: live, nil, nil)
        let (changed, _) = FieldSet.changes(from: live, to: object, kind)
        var managers = managers
        var conflicts: [(FieldManager, FieldPath)] = []
        for index in managers.indices where !managers[index].isSame(as: writer) {
            let taken = managers[index].fields.paths.intersection(changed.paths)
            if force {
                managers[index].fields.paths.subtract(taken)
            } else {
                conflicts += taken.map { (managers[index], $0) }
            }
        }
        if !conflicts.isEmpty { throw Self.conflict(conflicts) }

        // What the writer wanted before and does not want any more goes, where nobody else has it.
        let before = managers.first { $0.isSame(as: writer) }?.fields.paths ?? []
        let others = managers.filter { !$0.isSame(as: writer) }.reduce(into: Set<FieldPath>()) { $0.formUnion($1.fields.paths) }
        for path in before.subtracting(wanted.paths).subtracting(others).sorted(by: { $0.elements.count > $1.elements.count }) {
            // An item goes whole, unless another owns something in it.
            if case .item = path.elements.last, others.contains(where: { $0.isWithin(path) }) { continue }
            path.remove(from: &object)
        }
        managers.removeAll { $0.isSame(as: writer) || $0.fields.paths.isEmpty }
        var owner = writer
        owner.fields = wanted
        owner.time = time
        if !wanted.paths.isEmpty { managers.append(owner) }
        return (object, managers)
    }

    /// `applied` over `live`; lists by their rules.
    private func merge(_ applied: JSON, into live: JSON, _ name: String?, _ parent: String?) -> JSON {
        if let fields = applied.fields, let there = live.fields, !(name.map(ListRule.isAtomicMap) ?? false) {
            return .object(
                there.merging(fields.map { ($0.key, merge($0.value, into: there[$0.key] ?? .null, $0.key, name)) }) { $1 })
        }
        guard let items = applied.items, let there = live.items, let name else { return applied }
        switch ListRule.of(name, in: parent, kind) {
        case .atomic: return applied
        case .set: return .array(there + items.filter { !there.contains($0) })
        case .map(let keys):
            var merged = there
            for item in items {
                let identity = ListRule.identity(item, keys)
                if let place = merged.firstIndex(where: { ListRule.identity($0, keys) == identity }) {
                    merged[place] = merge(item, into: merged[place], nil, name)
                } else {
                    merged.append(item)
                }
            }
            return .array(merged)
        }
    }

    private static func conflict(_ conflicts: [(FieldManager, FieldPath)]) -> StatusError {
        let sorted = conflicts.sorted { ($0.0.name, $0.1.text) < ($1.0.name, $1.1.text) }
        let texts = sorted.map { "conflict with \($0.0.described): \($0.1.text)" }
        let count = texts.count == 1 ? "1 conflict" : "\(texts.count) conflicts"
        return StatusError(
            code: 409, reason: "Conflict",
            message: "Apply failed with \(count): \(texts.joined(separator: "\n"))",
            details: [
                "causes": .array(
                    sorted.map {
                        [
                            "reason": "FieldManagerConflict",
                            "message": .string("conflict with \($0.0.described)"),
                            "field": .string($0.1.text),
                        ]
                    })
            ])
    }
}
