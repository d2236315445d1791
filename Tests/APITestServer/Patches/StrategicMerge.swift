/// Strategic merge patch: as merge patch, but lists of things with names are merged by the name.
struct StrategicMerge {
    let kind: ServedKind

    func apply(_ patch: JSON, to target: JSON) throws(StatusError) -> JSON {
        try merge(patch, target, parent: nil)
    }

    private func merge(_ patch: JSON, _ target: JSON, parent: String?) throws(StatusError) -> JSON {
        guard var changes = patch.fields else { return patch }
        switch changes.removeValue(forKey: "$patch") {
        case nil: break
        case .string("replace"): return .object(changes)
        case .string("delete"): return .null
        case .some(let directive): throw .badRequest("unable to understand directive \(directive)")
        }
        var fields = target.fields ?? [:]
        if let kept = changes.removeValue(forKey: "$retainKeys")?.items {
            fields = fields.filter { kept.contains(.string($0.key)) }
        }
        for (key, change) in changes.sorted(by: { $0.key < $1.key }) {
            if key.hasPrefix("$setElementOrder/") { continue }
            if key.hasPrefix("$deleteFromPrimitiveList/") {
                let field = String(key.dropFirst("$deleteFromPrimitiveList/".count))
                let gone = change.items ?? []
                fields[field] = .array((fields[field]?.items ?? []).filter { !gone.contains($0) })
                continue
            }
            if change.isNull {
                fields[key] = nil
            } else if let items = change.items {
                fields[key] = try list(items, fields[key]?.items ?? [], key, parent)
            } else {
                fields[key] = try merge(change, fields[key] ?? .null, parent: key)
            }
        }
        return .object(fields)
    }

    private func list(
        _ items: [JSON], _ target: [JSON], _ field: String, _ parent: String?
    ) throws(StatusError) -> JSON {
        let rule = ListRule.of(field, in: parent, kind)
        if rule == .set { return .array(target + items.filter { !target.contains($0) }) }
        guard let key = rule.strategicKey else { return .array(items) }
        if items.contains(["$patch": "replace"]) {
            return .array(items.filter { $0 != ["$patch": "replace"] })
        }
        var merged = target
        for item in items {
            guard !item[key].isNull else {
                throw StatusError(
                    code: 422, reason: "Invalid",
                    message: "map: \(item) does not contain declared merge key: \(key)")
            }
            let place = merged.firstIndex { $0[key] == item[key] }
            if item["$patch"] == "delete" {
                if let place { merged.remove(at: place) }
            } else if let place {
                merged[place] = try merge(item, merged[place], parent: field)
            } else {
                merged.append(try merge(item, .null, parent: field))
            }
        }
        return .array(merged)
    }
}
