extension ServedKind {
    package static let pods = core("pods", "Pod", short: ["po"], ["status", "resize"], generation: ["spec"])
    package static let podTemplates = core("podtemplates", "PodTemplate", generation: ["template"])
    package static let configMaps = core("configmaps", "ConfigMap", short: ["cm"])
    package static let namespaces = core("namespaces", "Namespace", short: ["ns"], ["status"], namespaced: false)
    package static let nodes = core("nodes", "Node", short: ["no"], ["status"], namespaced: false)

    package static let events: ServedKind = {
        var kind = core("events", "Event", short: ["ev"])
        kind.allowsCreateOnUpdate = true
        return kind
    }()

    package static let eventsV1: ServedKind = {
        var kind = ServedKind(
            group: "events.k8s.io", versions: ["v1"], plural: "events", kind: "Event", isNamespaced: true)
        kind.shortNames = ["ev"]
        kind.allowsCreateOnUpdate = true
        return kind
    }()

    package static let deployments: ServedKind = {
        var kind = ServedKind(
            group: "apps", versions: ["v1"], plural: "deployments", kind: "Deployment", isNamespaced: true)
        kind.shortNames = ["deploy"]
        kind.subresources = ["status", "scale"]
        kind.generationFields = ["spec"]
        return kind
    }()

    package static let priorityClasses: ServedKind = {
        var kind = ServedKind(
            group: "scheduling.k8s.io", versions: ["v1"], plural: "priorityclasses", kind: "PriorityClass",
            isNamespaced: false)
        kind.shortNames = ["pc"]
        kind.generationFields = ["value"]
        return kind
    }()

    package static let leases: ServedKind = {
        var kind = ServedKind(
            group: "coordination.k8s.io", versions: ["v1"], plural: "leases", kind: "Lease", isNamespaced: true)
        kind.allowsCreateOnUpdate = true
        kind.allowsUnconditionalUpdate = false
        return kind
    }()

    package static let accessReviews: ServedKind = {
        var kind = ServedKind(
            group: "authorization.k8s.io", versions: ["v1"], plural: "selfsubjectaccessreviews",
            kind: "SelfSubjectAccessReview", isNamespaced: false)
        kind.isReview = true
        return kind
    }()

    package static let capacityBuffers = custom(
        "autoscaling.x-k8s.io", ["v1beta1", "v1alpha1"], "capacitybuffers", "CapacityBuffer", short: ["cb"])

    package static let verticalPodAutoscalers = custom(
        "autoscaling.k8s.io", ["v1"], "verticalpodautoscalers", "VerticalPodAutoscaler", short: ["vpa"])

    /// What a cluster with the CapacityBuffer and VPA definitions has.
    package static let all: [ServedKind] = [
        .pods, .podTemplates, .configMaps, .events, .namespaces, .nodes, .eventsV1, .deployments,
        .priorityClasses, .leases, .accessReviews, .capacityBuffers, .verticalPodAutoscalers,
    ]

    private static func core(
        _ plural: String, _ kind: String, short: [String] = [], _ subresources: Set<String> = [],
        generation: Set<String> = [], namespaced: Bool = true
    ) -> ServedKind {
        var kind = ServedKind(group: "", versions: ["v1"], plural: plural, kind: kind, isNamespaced: namespaced)
        kind.shortNames = short
        kind.subresources = subresources
        kind.generationFields = generation
        return kind
    }

    private static func custom(
        _ group: String, _ versions: [String], _ plural: String, _ kind: String, short: [String]
    ) -> ServedKind {
        var kind = ServedKind(group: group, versions: versions, plural: plural, kind: kind, isNamespaced: true)
        kind.isCustom = true
        kind.shortNames = short
        kind.subresources = ["status"]
        kind.generationFields = ["spec"]
        kind.allowsUnconditionalUpdate = false
        return kind
    }
}
