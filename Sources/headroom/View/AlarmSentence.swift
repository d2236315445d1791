internal import Aggregates
internal import NodeView

extension Alarm {
    /// The alarm in words.
    var sentence: String {
        let whose = path ?? "cgroup \(cgroupID)"
        let time = Compact.duration(nanoseconds: Double(value))
        switch kind {
        case .oomKill: return "process \(value) of \(whose) was killed for want of memory"
        case .throttled: return "\(whose) is stopped by its CPU limit"
        case .cpuStall: return "a task of \(whose) waited \(time) for a CPU"
        case .memoryStall: return "tasks stalled on memory for \(time) of a second or more"
        case .ioStall: return "tasks stalled on I/O for \(time) of a second or more"
        }
    }
}
