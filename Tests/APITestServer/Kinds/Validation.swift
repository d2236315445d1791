/// What makes an object invalid (422), beyond the shapes that `Schema` knows.
struct Validation {
    let kind: ServedKind
    let version: String
    let cluster: Cluster
    /// Resources of pods may change: the request came by `resize`.
    var isResize = false

    /// - Parameter old: the object there was; nil for a new one.
    func check(_ new: JSON, old: JSON?) throws(StatusError) {
        let name = new["metadata"]["name"].text ?? ""
        var causes: [StatusError.Cause] = []
        if let fault = NameRules.fault(name, kind) {
            causes.append(.invalid("metadata.name", .string(name), fault))
        }
        causes += NameRules.causes(new["metadata"])
        switch kind {
        case .pods:
            causes += pod(new["spec"], at: "spec")
            if let old { causes += frozen(new["spec"], old["spec"]) }
        case .configMaps: causes += configMap(new)
        case .podTemplates: causes += pod(new["template"]["spec"], at: "template.spec")
        case .deployments: causes += deployment(new, old: old)
        case .priorityClasses: causes += priorityClass(new, old: old)
        case .leases: causes += lease(new["spec"])
        case _ where kind.plural == "capacitybuffers": causes += buffer(new["spec"])
        case _ where kind.plural == "verticalpodautoscalers": causes += autoscaler(new)
        case .eventsV1: causes += event(new, isNew: old == nil)
        default: break
        }
        if !causes.isEmpty { throw .invalid(kind, name, causes) }
        if kind == .pods, old == nil { try admitted(new, name) }
    }

    /// The Priority admission plugin.
    private func admitted(_ pod: JSON, _ name: String) throws(StatusError) {
        guard let priority = pod["spec"]["priorityClassName"].text, !priority.isEmpty,
            !priority.hasPrefix("system-")
        else { return }
        guard cluster.objects[cluster.key(.priorityClasses, nil, priority)] != nil else {
            throw .forbidden(kind, name, "no PriorityClass with name \(priority) was found")
        }
    }

    private func pod(_ spec: JSON, at path: String) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        let containers = spec["containers"].items ?? []
        if containers.isEmpty { causes.append(.required("\(path).containers")) }
        for (index, container) in containers.enumerated() {
            let place = "\(path).containers[\(index)]"
            if (container["name"].text ?? "").isEmpty { causes.append(.required("\(place).name")) }
            if (container["image"].text ?? "").isEmpty { causes.append(.required("\(place).image")) }
            for (resource, request) in container["resources"]["requests"].fields ?? [:] {
                guard let wanted = Quantity(request),
                    let limit = Quantity(container["resources"]["limits"][resource]), wanted > limit
                else { continue }
                causes.append(
                    .invalid(
                        "\(place).resources.requests", request,
                        "must be less than or equal to \(resource) limit of \(limit.canonical)"))
            }
        }
        return causes
    }

    /// A pod's spec is as it was, but for images, and resources through `resize`.
    private func frozen(_ new: JSON, _ old: JSON) -> [StatusError.Cause] {
        func kept(_ spec: JSON) -> JSON {
            var spec = spec
            for list in ["containers", "initContainers"] {
                for index in (spec[list].items ?? []).indices {
                    spec[list][index]["image"] = .null
                    spec[list][index]["imagePullPolicy"] = .null
                    if isResize {
                        spec[list][index]["resources"] = .null
                        spec[list][index]["resizePolicy"] = .null
                    }
                }
            }
            spec["activeDeadlineSeconds"] = .null
            spec["tolerations"] = .null
            return spec
        }
        guard kept(new) != kept(old) else { return [] }
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
            )
        ]
    }

    /// Keys as files may be called, bytes that are base64, and 1 MiB of values as they are stored.
    private func configMap(_ map: JSON) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        let data = map["data"].fields ?? [:]
        let binary = map["binaryData"].fields ?? [:]
        for (field, keys) in [("data", data.keys), ("binaryData", binary.keys)] {
            for key in keys where !Self.isConfigMapKey(key) {
                causes.append(
                    .invalid(
                        "\(field)[\(key)]", .string(key),
                        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"))
            }
        }
        for key in data.keys where binary[key] != nil {
            causes.append(.invalid("data[\(key)]", .string(key), "duplicate of key present in binaryData"))
        }
        let size =
            data.values.reduce(0) { $0 + ($1.text ?? "").utf8.count }
            + binary.values.reduce(0) { $0 + Self.decodedCount($1.text ?? "") }
        if size > 1 << 20 { causes.append(.tooLong("[]", "may not be more than \(1 << 20) bytes")) }
        return causes
    }

    private static func isConfigMapKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 253 && key != "." && !key.hasPrefix("..")
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// Of base64.
    private static func decodedCount(_ text: String) -> Int {
        text.utf8.count / 4 * 3 - text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
    }

    private func deployment(_ new: JSON, old: JSON?) -> [StatusError.Cause] {
        let spec = new["spec"]
        var causes = pod(spec["template"]["spec"], at: "spec.template.spec")
        let selector = spec["selector"]["matchLabels"].fields ?? [:]
        let labels = spec["template"]["metadata"]["labels"].fields ?? [:]
        if spec["selector"].isNull {
            causes.append(.required("spec.selector"))
        } else if selector.contains(where: { labels[$0.key] != $0.value }) {
            causes.append(
                .invalid(
                    "spec.template.metadata.labels", .object(labels),
                    "`selector` does not match template `labels`"))
        }
        if let old, old["spec"]["selector"] != spec["selector"] {
            causes.append(.invalid("spec.selector", spec["selector"], "field is immutable"))
        }
        if let replicas = spec["replicas"].integer, replicas < 0 {
            causes.append(.invalid("spec.replicas", .integer(replicas), "must be greater than or equal to 0"))
        }
        return causes
    }

    private func priorityClass(_ new: JSON, old: JSON?) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        if let old {
            for field in ["value", "preemptionPolicy"] where old[field] != new[field] {
                causes.append(.forbidden(field, "may not be changed in an update."))
            }
        }
        if (new["metadata"]["name"].text ?? "").hasPrefix("system-") {
            causes.append(
                .forbidden(
                    "metadata.name",
                    "priority class names with 'system-' prefix are reserved for system use only"))
        }
        if let value = new["value"].integer, value > 1_000_000_000 {
            causes.append(.forbidden("value", "maximum allowed value of a user defined priority is 1000000000"))
        }
        return causes
    }

    private func lease(_ spec: JSON) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        if let seconds = spec["leaseDurationSeconds"].integer, seconds <= 0 {
            causes.append(.invalid("spec.leaseDurationSeconds", .integer(seconds), "must be greater than 0"))
        }
        if let transitions = spec["leaseTransitions"].integer, transitions < 0 {
            causes.append(.invalid("spec.leaseTransitions", .integer(transitions), "must be greater than or equal to 0"))
        }
        return causes
    }

    private func buffer(_ spec: JSON) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        let (template, scalable) = (!spec["podTemplateRef"].isNull, !spec["scalableRef"].isNull)
        let shown = spec.isNull ? JSON.object([:]) : spec
        if template, scalable {
            causes.append(
                .invalid("spec", shown, "You must define either podTemplateRef or scalableRef, but not both"))
        }
        if template, !scalable, spec["replicas"].isNull, spec["limits"].isEmpty {
            causes.append(
                .invalid("spec", shown, "If podTemplateRef is set, replicas or limits must also be set"))
        }
        if !spec["percentage"].isNull, !scalable {
            causes.append(.invalid("spec", shown, "percentage may only be set with scalableRef"))
        }
        for field in ["replicas", "percentage"] {
            if let count = spec[field].integer, count < 0 {
                causes.append(
                    .invalid(
                        "spec.\(field)", .integer(count),
                        "spec.\(field) in body should be greater than or equal to 0"))
            }
        }
        if template, (spec["podTemplateRef"]["name"].text ?? "").isEmpty {
            causes.append(.required("spec.podTemplateRef.name"))
        }
        if scalable {
            for field in ["kind", "name"] where (spec["scalableRef"][field].text ?? "").isEmpty {
                causes.append(.required("spec.scalableRef.\(field)"))
            }
        }
        return causes
    }

    private func autoscaler(_ new: JSON) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        if new["spec"].isNull { causes.append(.required("spec")) }
        if (new["spec"]["recommenders"].items ?? []).count > 1 {
            causes.append(.invalid("spec.recommenders", new["spec"]["recommenders"], "must contain at most one"))
        }
        for (index, item) in (new["status"]["recommendation"]["containerRecommendations"].items ?? []).enumerated()
        where item["target"].isNull {
            causes.append(.required("status.recommendation.containerRecommendations[\(index)].target"))
        }
        for (index, condition) in (new["status"]["conditions"].items ?? []).enumerated() {
            for field in ["type", "status"] where condition[field].isNull {
                causes.append(.required("status.conditions[\(index)].\(field)"))
            }
        }
        return causes
    }

    private func event(_ event: JSON, isNew: Bool) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        let about = event["regarding"]["namespace"].text ?? ""
        let own = event["metadata"]["namespace"].text ?? ""
        if about.isEmpty ? own != "default" : about != own {
            causes.append(.invalid("involvedObject.namespace", .string(about), "does not match event.namespace"))
        }
        guard isNew else { return causes }
        if event["eventTime"].isNull { causes.append(.required("eventTime")) }
        if let series = event["series"].fields, series["count"]?.integer ?? 0 < 2 {
            causes.append(.invalid("series.count", "", "should be at least 2"))
        }
        let controller = event["reportingController"].text ?? ""
        if !NameRules.isQualifiedName(controller) {
            causes.append(
                controller.isEmpty
                    ? .required("reportingController")
                    : .invalid("reportingController", .string(controller), "name part must consist of alphanumeric characters"))
        }
        for field in ["reportingInstance", "action", "reason"] {
            let text = event[field].text ?? ""
            if text.isEmpty { causes.append(.required(field)) }
            if text.utf8.count > 128 {
                causes.append(.invalid(field, "", "can have at most 128 characters"))
            }
        }
        if !["Normal", "Warning"].contains(event["type"].text ?? "") {
            causes.append(.invalid("type", "", "has invalid value: \(event["type"].text ?? "")"))
        }
        if (event["note"].text ?? "").utf8.count > 1024 {
            causes.append(.invalid("message", "", "can have at most 1024 characters"))
        }
        return causes
    }
}
