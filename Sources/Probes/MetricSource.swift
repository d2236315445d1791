/// Where one metric comes from on this host, for `headroom doctor` and for the operator's trust.
package struct MetricSource: Sendable, Hashable {
    /// For example `cpu usage`.
    package let metric: String
    /// For example `iter.s/cgroup with one rstat flush`; empty when the metric is not to be had.
    package let source: String
    /// Why this source and not the primary one, or why none.
    package let reason: String
    /// What the source cannot see.
    package let blindSpot: String
    /// What an operator can do about a missing or second-best source; empty when nothing.
    package let advice: String

    package var isAvailable: Bool { !source.isEmpty }

    /// The metric that a BPF program serves, as `metric` names it.
    package static func metric(ofProgram name: String) -> String? {
        switch name {
        case "hr_walk_cgroups": "cpu usage"
        case "hr_walk_tasks": "memory"
        case "hr_on_switch": "run-queue delay"
        case "hr_on_attach": "cpu peaks"
        case "hr_on_ingress", "hr_on_egress": "network"
        case "hr_on_retransmit": "tcp retransmits"
        case "hr_on_tcp_state": "tcp connections"
        case "hr_on_oom_pid", "hr_on_oom_task": "oom kills"
        case "hr_on_io_start", "hr_on_rq_issue", "hr_on_rq_complete": "disk"
        case "hr_on_mkdir", "hr_on_rmdir": "lifecycle"
        default: nil
        }
    }
}
