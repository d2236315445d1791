/// Hooks that can be taken off while the agent runs, in the order in which they are shed:
/// what costs most for what it tells goes first. CPU, memory and lifecycle are never shed:
/// they cost nothing between walks.
package enum ProbeTier: Int, CaseIterable, Sendable, Hashable {
    /// A program at every context switch.
    case runQueueDelay
    /// A program at every packet, and at TCP's rarer events.
    case network
    /// Programs at every disk request.
    case disk

    /// For lines and logs.
    package var name: String {
        switch self {
        case .runQueueDelay: "run_queue_delay"
        case .network: "network"
        case .disk: "disk"
        }
    }

    package var programs: [String] {
        switch self {
        case .runQueueDelay: ["hr_on_switch", "hr_on_attach"]
        case .network: ["hr_on_ingress", "hr_on_egress", "hr_on_retransmit", "hr_on_tcp_state"]
        // Completion before issue before start: nothing is begun that would not be finished.
        case .disk: ["hr_on_rq_complete", "hr_on_rq_issue", "hr_on_io_start"]
        }
    }

    /// Without these the tier's figures are not there, or not whole.
    var indispensable: Set<String> {
        switch self {
        case .runQueueDelay: ["hr_on_switch"]
        case .network: ["hr_on_ingress", "hr_on_egress"]
        case .disk: ["hr_on_rq_complete", "hr_on_rq_issue"]
        }
    }
}
