internal import KubernetesAPI

/// Events on objects that we change, so that `kubectl describe` says who did it and why.
actor ChangeEvents {
    /// At most one of a reason and object in this time.
    static let pause = Duration.seconds(30)

    private struct Key: Hashable {
        let object: String
        let reason: String
    }

    private let client: APIClient
    private let counts: CapacityCounts
    private let clock = ContinuousClock()
    private var recordedAt: [Key: ContinuousClock.Instant] = [:]

    init(_ client: APIClient, counts: CapacityCounts) {
        self.client = client
        self.counts = counts
    }

    /// Never fails: an event that cannot be recorded is no reason to change nothing.
    func record<Object: APIObject>(_ object: Object, reason: String, _ note: String) async {
        let key = Key(object: object.metadata.uid ?? object.metadata.name, reason: reason)
        let now = clock.now
        recordedAt = recordedAt.filter { now < $0.value.advanced(by: ChangeEvents.pause) }
        guard recordedAt[key] == nil else {
            counts.add(.eventSuppressed)
            return
        }
        recordedAt[key] = now
        await client.record(object, reason: reason, note: note)
    }
}
