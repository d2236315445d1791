package import Aggregates

/// Name of a series in a checkpoint: `cpu 4711 /system.slice/web.service`. The cgroup's id tells
/// whether it is the same cgroup, or a later one of the same path.
package struct SeriesKey: Hashable, Sendable {
    package let resource: Resource
    package let cgroupID: UInt64
    package let path: String

    init(resource: Resource, cgroupID: UInt64, path: String) {
        self.resource = resource
        self.cgroupID = cgroupID
        self.path = path
    }

    /// Nil when `text` is no such name.
    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, let resource = Resource(name: String(words[0])),
            Resource.measured.contains(resource), let id = UInt64(words[1]),
            words[2].hasPrefix("/") || words[2].hasPrefix("pool:")
        else { return nil }
        self.init(resource: resource, cgroupID: id, path: String(words[2]))
    }

    package var text: String { "\(resource.name) \(cgroupID) \(path)" }
}
