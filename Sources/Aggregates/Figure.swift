internal import HeadroomABI

/// What the shared table keeps of each window. The raw value is its place there (`hr_figure`); the
/// first ones are the resources.
package enum Figure: UInt8, CaseIterable, Hashable, Sendable {
    /// Cores, bytes, and bytes per second.
    case cpu, memory, networkReceive, networkTransmit, diskRead, diskWrite
    /// Seconds of waiting for a CPU, per second.
    case delay
    /// Share of the periods of its own CPU limit in which it was stopped, 0...1.
    case throttled
    /// Shares of the time in which some tasks stalled, 0...1.
    case pressureCPU, pressureMemory, pressureIO
    /// The quantile nearest 0.95 at the longest horizon.
    case forecastCPU, forecastMemory

    package static let count = Int(HR_TABLE_FIGURES)

    /// The figure of a resource that probes measure.
    package init?(_ resource: Resource) {
        guard resource.rawValue < HR_TABLE_RESOURCES else { return nil }
        self.init(rawValue: resource.rawValue)
    }
}
