package import Aggregates

/// What an import asks of Prometheus, by resource; the rows of an answer are cgroups. Units are those of JSON lines.
package struct SampleQueries: Sendable {
    /// Whose metrics they are.
    package enum Origin: String, Sendable, CaseIterable {
        case headroom, cadvisor
    }

    package struct Query: Sendable {
        package let resource: Resource
        package let text: String
        /// Whose values are paths of cgroups; a row without it is the node's.
        package let label: String
    }

    package var queries: [Query]
    /// A counter whose series tell that the origin is there, of which node, and how many cgroups there are.
    package let witness: (text: String, label: String)?
    /// Rows are named by path, a tab and an application, where that is known.
    package let names: Query?

    /// As people wrote them. - Parameter label: of all.
    package init(_ own: [(Resource, String)], label: String) {
        queries = own.map { Query(resource: $0, text: $1, label: label) }
        witness = nil
        names = nil
    }

    /// - Parameters:
    ///   - select: label matchers; empty: none.
    ///   - rateSeconds: what rates are taken over.
    ///   - stepSeconds: what means of gauges are taken over.
    package init(_ origin: Origin, select: String, rateSeconds: Int64, stepSeconds: Int64) {
        func selector(_ metric: String, _ own: String = "") -> String {
            let matchers = [own, select].filter { !$0.isEmpty }.joined(separator: ",")
            return matchers.isEmpty ? metric : "\(metric){\(matchers)}"
        }
        func rate(_ metric: String, _ own: String = "") -> String { "rate(\(selector(metric, own))[\(rateSeconds)s])" }
        func mean(_ metric: String, _ own: String = "") -> String {
            // Before version 3 a sample at a range's very beginning counts as in it; it is of the step before.
            "avg_over_time(\(selector(metric, own))[\(stepSeconds * 1_000 - 1)ms])"
        }
        switch origin {
        case .cadvisor:
            witness = (selector("container_cpu_usage_seconds_total"), "id")
            let (label, application) = ("id_and_pod", #""\t", "id", "namespace", "pod""#)
            func by(_ text: String) -> String {
                "sum by (\(label)) (label_join(\(text), \"\(label)\", \(application)))"
            }
            queries = [
                // Some have a series each CPU and one of all.
                Query(resource: .cpu, text: by(rate("container_cpu_usage_seconds_total", #"cpu=~"total|""#)), label: label),
                Query(resource: .memory, text: by(mean("container_memory_usage_bytes")), label: label),
                Query(resource: .networkReceive, text: by(rate("container_network_receive_bytes_total")), label: label),
                Query(resource: .networkTransmit, text: by(rate("container_network_transmit_bytes_total")), label: label),
                Query(resource: .diskRead, text: by(rate("container_fs_reads_bytes_total")), label: label),
                Query(resource: .diskWrite, text: by(rate("container_fs_writes_bytes_total")), label: label),
            ]
            names = nil
        case .headroom:
            witness = (selector("headroom_cgroup_cpu_seconds_total"), "cgroup")
            // What was counted on a group itself is in the group.
            let own = #"cgroup!="(other)""#
            var all: [Query] = []
            func add(_ resource: Resource, _ cgroups: String, _ node: String) {
                all.append(Query(resource: resource, text: "sum by (cgroup) (\(cgroups))", label: "cgroup"))
                all.append(Query(resource: resource, text: "sum(\(node))", label: "cgroup"))
            }
            add(.cpu, rate("headroom_cgroup_cpu_seconds_total", own), rate("headroom_node_cpu_seconds_total"))
            add(.memory, mean("headroom_cgroup_memory_bytes", own), mean("headroom_node_memory_bytes"))
            for (resource, kind, direction) in [
                (Resource.networkReceive, "network", "receive"), (.networkTransmit, "network", "transmit"),
                (.diskRead, "disk", "read"), (.diskWrite, "disk", "write"),
            ] {
                let way = "direction=\"\(direction)\""
                add(resource, rate("headroom_cgroup_\(kind)_bytes_total", own + "," + way), rate("headroom_node_\(kind)_bytes_total", way))
            }
            queries = all
            let label = "cgroup_and_application"
            let known = selector("headroom_cgroup_info", #"application!="""#)
            names = Query(
                resource: .cpu,
                text:
                    "group by (\(label)) (label_join(last_over_time(\(known)[RANGE]), \"\(label)\", \"\\t\", \"cgroup\", \"application\"))",
                label: label)
        }
    }
}
