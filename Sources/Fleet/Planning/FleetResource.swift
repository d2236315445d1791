package import Aggregates
package import Planner

/// One resource that the fleet is planned in: where its figures come from, and how it is planned.
package struct FleetResource: Sendable, Hashable {
    package let resource: Resource
    /// A PromQL selector, not an expression: its samples' own times are asked for.
    package let selector: String
    package let plan: ResourcePlanConfiguration

    package init(resource: Resource, selector: String, plan: ResourcePlanConfiguration) {
        self.resource = resource
        self.selector = selector
        self.plan = plan
    }

    /// As the recording rules in deploy/prometheus/headroom-rules.yaml name it.
    package static func standardSelector(_ resource: Resource) -> String {
        switch resource {
        case .cpu: "headroom:application_cpu_cores:sum"
        case .memory: "headroom:application_memory_bytes:sum"
        case .networkReceive: "headroom:application_net_rx_bytes_per_s:sum"
        case .networkTransmit: "headroom:application_net_tx_bytes_per_s:sum"
        case .diskRead: "headroom:application_disk_read_bytes_per_s:sum"
        case .diskWrite: "headroom:application_disk_write_bytes_per_s:sum"
        case .requests: "headroom:application_requests_per_s:sum"
        }
    }
}
