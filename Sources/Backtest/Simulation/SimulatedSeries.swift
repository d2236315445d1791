package import Aggregates

/// One resource of one application, or of a pool of them, over time.
package struct SimulatedSeries: Sendable, Hashable {
    /// The application's or pool's name; also the name of its plan file.
    package let name: String
    package let resource: Resource
    /// Increasing.
    package let timestampsSeconds: [Int64]
    /// As many as there are timestamps; `nil` where the sample is missing.
    package let values: [Double?]
    /// The usual distance of two timestamps, seconds: the median; 1 for fewer than two.
    package let stepSeconds: Int64

    package init(name: String, resource: Resource, timestampsSeconds: [Int64], values: [Double?]) {
        precondition(
            timestampsSeconds.count == values.count,
            "\(timestampsSeconds.count) timestamps for \(values.count) values"
        )
        self.name = name
        self.resource = resource
        self.timestampsSeconds = timestampsSeconds
        self.values = values
        var steps = zip(timestampsSeconds.dropFirst(), timestampsSeconds).map { $0 - $1 }
        steps.sort()
        stepSeconds = steps.isEmpty ? 1 : max(1, steps[steps.count / 2])
    }

    /// Of the name and the resource, FNV-1a: chance differs between series and not between runs.
    var seed: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(name)/\(resource.name)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return hash
    }

    /// The largest value, or 0 when every sample is missing.
    package var peak: Double { values.reduce(0) { max($0, $1 ?? 0) } }
}
