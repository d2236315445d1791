/// What is forecast of a workload's containers.
package protocol ContainerForecasts: Sendable {
    /// - Returns: nil when nothing is known of the workload; an empty band list when it has no pods.
    func forecast(of workload: WorkloadReference) async -> WorkloadForecast?
}

/// What a VPA's `targetRef` names.
package struct WorkloadReference: Sendable, Hashable {
    package let namespace: String
    /// `Deployment`, `StatefulSet`, …
    package let kind: String
    package let name: String

    package init(namespace: String, kind: String, name: String) {
        self.namespace = namespace
        self.kind = kind
        self.name = name
    }
}

package struct WorkloadForecast: Sendable, Hashable {
    package var containers: [ContainerBand]
    /// False while too little was seen to trust the bands.
    package var isConfident: Bool
    /// Why not, for people.
    package var doubt: String?

    package init(containers: [ContainerBand], isConfident: Bool, doubt: String? = nil) {
        self.containers = containers
        self.isConfident = isConfident
        self.doubt = doubt
    }
}

/// What one container of a workload will need.
package struct ContainerBand: Sendable, Hashable {
    package var container: String
    /// Cores.
    package var cpu: Band?
    /// Bytes.
    package var memory: Band?

    package init(container: String, cpu: Band?, memory: Band?) {
        self.container = container
        self.cpu = cpu
        self.memory = memory
    }
}

/// `lower ≤ target ≤ upper`, none negative.
package struct Band: Sendable, Hashable {
    package var lower: Double
    package var target: Double
    package var upper: Double

    /// - Precondition: the three are finite, not negative and in order.
    package init(lower: Double, target: Double, upper: Double) {
        precondition(
            lower >= 0 && lower <= target && target <= upper && upper.isFinite,
            "a band must be 0 ≤ lower ≤ target ≤ upper, got \(lower), \(target), \(upper)"
        )
        self.lower = lower
        self.target = target
        self.upper = upper
    }
}
