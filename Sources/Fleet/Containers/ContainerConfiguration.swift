package import Aggregates
package import Forecast

/// What is forecast of containers: the highest use of any pod of an application, within a horizon that
/// is long beside the minutes that a change of a running container, or a new pod, takes.
package struct ContainerConfiguration: Sendable, Hashable {
    package struct Source: Sendable, Hashable {
        /// `cpu` or `memory`: what a container can request.
        package let resource: Resource
        /// A PromQL selector, one series a container of an application.
        package let selector: String
    }

    package var sources: [Source]
    /// Whose values are `APPLICATION/CONTAINER`.
    package var label = "application_container"
    /// Of the forecast peak.
    package let horizonSeconds: Int64
    /// The level of the target; the lower bound is the median, the upper `upperLevel`.
    package let level: Double
    package let upperLevel: Double
    /// Containers that are forecast; what comes after is counted.
    package var limit = 5_000

    /// - Precondition: `level` is within 0.5 and 1, the horizon positive.
    package init(
        level: Double,
        horizonSeconds: Int64 = 3_600,
        sources: [Source] = [
            Source(resource: .cpu, selector: "headroom:container_cpu_cores:max"),
            Source(resource: .memory, selector: "headroom:container_memory_bytes:max"),
        ]
    ) {
        precondition(
            level > 0.5 && level < 1,
            "the target's level must be within 0.5 and 1, got \(level)"
        )
        precondition(horizonSeconds > 0, "a horizon must be positive, got \(horizonSeconds) s")
        self.level = level
        self.horizonSeconds = horizonSeconds
        self.sources = sources
        upperLevel = max(0.99, (1 + level) / 2)
    }

    package var forecasts: ForecastConfiguration {
        ForecastConfiguration(
            horizonsNanoseconds: [horizonSeconds * 1_000_000_000],
            quantiles: [0.5, level, upperLevel]
        )
    }
}
