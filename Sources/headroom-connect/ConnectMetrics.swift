internal import Connect

/// Counts of what headroom-connect is made of, under their names as metrics.
extension MetricText {
    mutating func addClient(_ counts: [String: UInt64]) {
        add("headroom_connect_api_events_total", "What happened to requests to the API server.", by: "event", counts)
    }

    mutating func addCapacity(_ counts: [String: UInt64]) {
        add("headroom_connect_capacity_events_total", "What happened to our objects in the cluster.", by: "event", counts)
    }

    mutating func addWebhook(_ counts: [String: UInt64]) {
        add("headroom_connect_webhook_events_total", "What became of calls of the service.", by: "event", counts)
    }

    mutating func addLease(_ counts: [String: UInt64]) {
        add("headroom_fleet_lease_events_total", "What became of the lease that says who decides.", by: "event", counts)
    }

    mutating func addLink(_ counts: [String: UInt64]) {
        add("headroom_connect_link_events_total", "What came from the agent and went back to it.", by: "event", counts)
    }

    mutating func addOTLP(_ counts: [String: UInt64]) {
        add("headroom_connect_otlp_events_total", "What became of pages of metrics that were to be sent.", by: "event", counts)
    }

    /// For a program that is well while it runs.
    func page(_ path: String) -> Page {
        path == "/metrics" ? .metrics(self) : .well
    }
}
