/// What a list's items are to patches: one value, or members with keys of their own.
enum ListRule: Equatable {
    /// Replaced whole.
    case atomic
    /// Scalars, each there once.
    case set
    case map(keys: [String])

    /// - Parameters:
    ///   - field: the list's name.
    ///   - parent: name of the field that it is in, nil at the top.
    static func of(_ field: String, in parent: String?, _ kind: ServedKind) -> ListRule {
        switch (parent, field) {
        case ("metadata", "finalizers"): return .set
        case ("metadata", "ownerReferences"): return .map(keys: ["uid"])
        default: break
        }
        if kind.isCustom {
            // Of the two definitions only CapacityBuffer's conditions have keys.
            return kind.plural == "capacitybuffers" && field == "conditions" ? .map(keys: ["type"]) : .atomic
        }
        switch field {
        case "containers", "initContainers", "ephemeralContainers", "env", "volumes", "imagePullSecrets":
            return .map(keys: ["name"])
        case "conditions": return .map(keys: ["type"])
        case "ports": return .map(keys: ["containerPort", "protocol"])
        case "volumeMounts": return .map(keys: ["mountPath"])
        case "topologySpreadConstraints": return .map(keys: ["topologyKey", "whenUnsatisfiable"])
        case "podIPs": return .map(keys: ["ip"])
        default: return .atomic
        }
    }

    /// The one key that strategic merge goes by.
    var strategicKey: String? {
        if case .map(let keys) = self { keys[0] } else { nil }
    }

    /// Maps that are one value to server-side apply.
    static func isAtomicMap(_ field: String) -> Bool {
        ["selector", "labelSelector", "nodeSelector", "fieldRef", "resourceFieldRef", "scaleTargetRef"].contains(field)
    }

    /// The keys that tell an item from the others; nil when it lacks one that has no default.
    static func identity(_ item: JSON, _ keys: [String]) -> [String: JSON]? {
        var identity: [String: JSON] = [:]
        for key in keys {
            let value = item[key].isNull && key == "protocol" ? "TCP" : item[key]
            guard !value.isNull else { return nil }
            identity[key] = value
        }
        return identity
    }
}
