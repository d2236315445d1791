package import Aggregates

/// How much of each resource the node can give away.
package struct HostFacts: Sendable, Hashable {
    /// CPU time a second, in cores; positive.
    package let cores: Double
    /// Bytes of memory; positive.
    package let memoryBytes: Double
    /// Limits told by the configuration for other resources, in their unit (bytes/s); a resource
    /// not named has none that is known. May also lower cores or bytes below what the host has.
    package let limits: [Resource: Double]

    /// - Precondition: every amount is positive and finite.
    package init(cores: Double, memoryBytes: Double, limits: [Resource: Double] = [:]) {
        precondition(cores > 0 && cores.isFinite, "cores must be positive, got \(cores)")
        precondition(
            memoryBytes > 0 && memoryBytes.isFinite,
            "memory must be a positive number of bytes, got \(memoryBytes)"
        )
        for resource in Resource.allCases {
            guard let limit = limits[resource] else { continue }
            precondition(
                limit > 0 && limit.isFinite,
                "limit of \(resource.name) must be positive, got \(limit)"
            )
        }
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.limits = limits
    }

    /// The most that can be granted of `resource`, or `nil` when no limit is known.
    package func allocatable(_ resource: Resource) -> Double? {
        let found: Double? =
            switch resource {
            case .cpu: cores
            case .memory: memoryBytes
            case .networkReceive, .networkTransmit, .diskRead, .diskWrite, .requests: nil
            }
        guard let told = limits[resource] else { return found }
        return found.map { min($0, told) } ?? told
    }
}
