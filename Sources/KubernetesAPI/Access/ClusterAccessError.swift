/// Why it is not known how to reach a cluster.
package struct ClusterAccessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, or what stands for one.
    package let place: String
    package let reason: String

    package init(_ place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }

    package var description: String { "\(place): \(reason)" }
}
