/// What servers fill in where nothing is said, and how they write amounts.
enum Defaults {
    static func fill(_ object: inout JSON, _ kind: ServedKind) {
        for field in ["labels", "annotations", "finalizers", "ownerReferences"] where object["metadata"][field].isEmpty {
            object["metadata"][field] = .null
        }
        switch kind {
        case .pods:
            pod(&object)
            if object["status"]["phase"].isNull { object["status"]["phase"] = "Pending" }
            object["status"]["qosClass"] = .string(QualityOfService(of: object).rawValue)
        case .podTemplates: pod(&object["template"])
        case .deployments:
            pod(&object["spec"]["template"])
            absent(&object["spec"], "replicas", 1)
            absent(&object["spec"], "revisionHistoryLimit", 10)
            absent(&object["spec"], "progressDeadlineSeconds", 600)
            absent(
                &object["spec"], "strategy",
                ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "25%", "maxSurge": "25%"]])
        case .priorityClasses:
            absent(&object, "value", 0)
            absent(&object, "preemptionPolicy", "PreemptLowerPriority")
        case .namespaces:
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = object["metadata"]["name"]
            absent(&object, "status", ["phase": "Active"])
        case .nodes:
            amounts(&object["status"]["allocatable"])
            amounts(&object["status"]["capacity"])
        case _ where kind.plural == "capacitybuffers":
            absent(&object["spec"], "provisioningStrategy", "buffer.x-k8s.io/active-capacity")
        default: break
        }
    }

    private static func absent(_ object: inout JSON, _ field: String, _ value: JSON) {
        if object[field].isNull { object[field] = value }
    }

    private static func pod(_ pod: inout JSON) {
        guard pod["spec"].fields != nil else { return }
        absent(&pod["spec"], "restartPolicy", "Always")
        absent(&pod["spec"], "dnsPolicy", "ClusterFirst")
        absent(&pod["spec"], "schedulerName", "default-scheduler")
        absent(&pod["spec"], "terminationGracePeriodSeconds", 30)
        absent(&pod["spec"], "securityContext", .object([:]))
        for list in ["containers", "initContainers"] {
            for index in (pod["spec"][list].items ?? []).indices { container(&pod["spec"][list][index]) }
        }
    }

    private static func container(_ container: inout JSON) {
        absent(&container, "terminationMessagePath", "/dev/termination-log")
        absent(&container, "terminationMessagePolicy", "File")
        let image = container["image"].text ?? ""
        let isLatest = image.hasSuffix(":latest") || !(image.split(separator: "/").last ?? "").contains(where: { ":@".contains($0) })
        absent(&container, "imagePullPolicy", isLatest ? "Always" : "IfNotPresent")
        for index in (container["ports"].items ?? []).indices where container["ports"][index]["protocol"].isNull {
            container["ports"][index]["protocol"] = "TCP"
        }
        var resources = container["resources"]
        amounts(&resources["limits"])
        amounts(&resources["requests"])
        for (name, limit) in resources["limits"].fields ?? [:] where resources["requests"][name].isNull {
            resources["requests"][name] = limit
        }
        container["resources"] = resources.isNull ? .object([:]) : resources
    }

    private static func amounts(_ list: inout JSON) {
        guard let fields = list.fields else { return }
        if fields.isEmpty { list = .null }
        for (name, amount) in fields {
            if let quantity = Quantity(amount) { list[name] = .string(quantity.canonical) }
        }
    }
}
