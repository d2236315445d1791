internal import HeadroomABI

/// When a page of metrics has a family. The manual says it, and a test makes pages that know more and
/// more and compares what is on them.
package enum MetricPresence: Hashable, Sendable {
    /// On every page.
    case always
    /// Once the node has a window; of a cgroup while it is shown.
    case window
    /// Once a window's details told this part, one of `hr_detail_parts`.
    case part(UInt32)
    /// Where something else is so, in words.
    case only(String)

    static func detail(_ part: hr_detail_parts) -> MetricPresence { .part(part.rawValue) }

    /// For people. Names in backquotes are those of `headroom doctor`.
    package var text: String {
        switch self {
        case .always: "always"
        case .window: "from the first window on"
        case .part(HR_PART_CPU.rawValue): "where `cpu user, system` has a source"
        case .part(HR_PART_THROTTLE.rawValue), .part(HR_PART_CPU_LIMIT.rawValue):
            "where `throttling` has a source"
        case .part(HR_PART_PRESSURE.rawValue): "where `pressure` has a source"
        case .part(HR_PART_MEMORY.rawValue): "where `memory detail` has a source"
        case .part(HR_PART_MEMORY_STAT.rawValue), .part(HR_PART_LIMITS.rawValue):
            "where the v2 tree has the memory controller"
        case .part(UInt32(HR_PART_PEAKS)): "where `cpu peaks` has a source"
        case .part: "once details were told"
        case .only(let words): words
        }
    }
}
