/// Bounds of what a resize may do.
package struct ResizeRules: Sendable, Hashable {
    /// The largest step up in one resize, as a share of what is there; 1 doubles.
    package var largestRise: Double
    /// The largest step down, as a share of what is there; below 1.
    package var largestFall: Double
    /// Changes of a smaller share are left alone, so that noise resizes nothing.
    package var smallestChange: Double
    /// Whether a container may be restarted where its `resizePolicy` says so.
    package var mayRestart: Bool
    /// How long a pod that was resized is left as it is before it is made smaller.
    package var holdAfterRise: Duration

    /// - Precondition: the shares are positive, `largestFall` below 1.
    package init(
        largestRise: Double = 1,
        largestFall: Double = 0.25,
        smallestChange: Double = 0.05,
        mayRestart: Bool = false,
        holdAfterRise: Duration = .seconds(300)
    ) {
        precondition(largestRise > 0, "largestRise must be positive, got \(largestRise)")
        precondition(
            largestFall > 0 && largestFall < 1,
            "largestFall must be within 0 and 1, got \(largestFall)"
        )
        precondition(
            smallestChange >= 0,
            "smallestChange must not be negative, got \(smallestChange)"
        )
        self.largestRise = largestRise
        self.largestFall = largestFall
        self.smallestChange = smallestChange
        self.mayRestart = mayRestart
        self.holdAfterRise = holdAfterRise
    }
}

/// What one container should request; nil leaves a resource as it is.
package struct ContainerWant: Sendable, Hashable {
    package var container: String
    /// Milli-cores; positive.
    package var cpuMilli: Int?
    /// Bytes; positive.
    package var memoryBytes: Int?

    package init(container: String, cpuMilli: Int?, memoryBytes: Int?) {
        self.container = container
        self.cpuMilli = cpuMilli
        self.memoryBytes = memoryBytes
    }
}
