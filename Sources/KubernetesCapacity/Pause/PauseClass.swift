internal import KubernetesAPI

/// The PriorityClass of pause pods: below everything that runs, and not so low that Cluster Autoscaler
/// takes them for expendable.
enum PauseClass {
    static let name = "headroom-pause"
    /// Cluster Autoscaler leaves pods below its `--expendable-pods-priority-cutoff`, −10 unless set, out
    /// of account: nodes would never be made for them.
    static let value = -10

    static func new() -> PriorityClass {
        var object = PriorityClass(
            metadata: ChunkTemplate.metadata(name, nil),
            value: value
        )
        object.globalDefault = false
        object.preemptionPolicy = "Never"
        object.description = "Headroom's pause pods: they give way to every other pod."
        return object
    }

    /// Makes the class when it is ours and missing; checks it otherwise.
    static func ensure(
        _ wanted: String?,
        _ client: APIClient,
        dryRun: Bool = false
    ) async throws {
        let name = wanted ?? PauseClass.name
        if let found = try await client.find(PriorityClass.self, namespace: nil, name: name) {
            return try check(found)
        }
        guard name == PauseClass.name else {
            throw ForeignObject(
                kind: "PriorityClass",
                namespace: nil,
                name: name,
                problem: "is not there",
                remedy: "make it, or leave --priority-class away to have \(PauseClass.name) made"
            )
        }
        do {
            _ = try await client.create(new(), dryRun: dryRun)
        } catch let failure as APIFailure where failure.isConflict {
            // Another Headroom was quicker; what it made is checked by the next call.
        }
    }

    static func check(_ found: PriorityClass) throws(ForeignObject) {
        let problem: String
        switch found.value {
        case ..<value:
            problem =
                "has value \(found.value), which Cluster Autoscaler ignores (below \(value)): no node would be made"
        case 0...:
            problem =
                "has value \(found.value): pods of priority 0 could not take the place of pause pods"
        default: return
        }
        throw ForeignObject(
            kind: "PriorityClass",
            namespace: nil,
            name: found.metadata.name,
            problem: problem,
            remedy: "use one with a value of \(value) to -1 (--priority-class)"
        )
    }
}
