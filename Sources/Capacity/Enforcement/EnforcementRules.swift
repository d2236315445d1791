package import Aggregates

/// Which cgroups may be limited, and how.
package struct EnforcementRules: Hashable, Sendable {
    /// Paths from the root of the cgroup v2 tree, `/app`; none in another, and not the root.
    package var cgroups: [String] = []
    /// What may be written; the others are never touched.
    package var files: Set<ControlFile> = [.cpuMax, .memoryHigh, .memoryLow]
    /// Paths among `cgroups` that are served first when there is less than all want.
    package var preferred: Set<String> = []
    /// No limit is set below present use and this share of it; 0 or more.
    package var margin = 0.1

    /// More than these are refused by the configuration: state stays bounded.
    package static let cgroupLimit = 64
    /// A file that others changed so often in a run is left to them.
    package static let patience = 3

    package init() {}

    /// The resources that the files limit or share, in order.
    package var resources: [Resource] {
        Resource.measured.filter { resource in files.contains { $0.resource == resource } }
    }

    /// Why `path` cannot be managed; nil when it can.
    package static func refusal(of path: String) -> String? {
        guard path.hasPrefix("/") else { return "it must begin with /, as in /proc/PID/cgroup" }
        guard path != "/" else { return "the root cgroup has no limits" }
        let names = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard names.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            return "it must be a plain path, without // or .. and without / at its end"
        }
        return path.utf8.count < 4096 ? nil : "it is longer than 4095 bytes"
    }
}
