internal import Agent
internal import Aggregates

/// docs/metrics.md: every metric from its descriptor. `headroom metric-reference` prints it, and a test
/// fails while the file is another.
package enum MetricReference {
    package static var markdown: String {
        """
        # Metrics

        <!-- Made by `headroom metric-reference > docs/metrics.md` from the descriptors in Sources/Telemetry; a test compares. -->

        What `/metrics` of an agent has ([how to ask](telemetry.md)). Several names in a cell are the same of each shown cgroup
        (`headroom_cgroup_…`, with the labels `cgroup` and `leaf` beside those named) and of the node (`headroom_node_…`), or by unit.
        `headroom-connect`'s own metrics are in [fleet.md](fleet.md#metrics). What is not present is not known here, which is not 0; names
        in backquotes under "present" are those of `headroom doctor`. Where probes are shed, switched off or without a source, what they
        count stands still; `headroom_probes_shed` tells the first.

        ## Cgroups and the node

        \(table(observed))

        ## Forecasts and plans

        \(table(planned))

        ## The agent

        \(table(agent))

        ## Labels

        | label | what it says |
        |---|---|
        \(labels.map { "| `\($0.name)` | \($0.meaning) |" }.joined(separator: "\n"))

        """
    }

    /// What shares a row: the same metric of cgroups and node, or by unit.
    private struct Row {
        let families: [MetricFamily]
        let meaning: String
    }

    private static func table(_ rows: [Row]) -> String {
        (["| metric | type | unit | labels | meaning | present |", "|---|---|---|---|---|---|"]
            + rows.map { row in
                let names = row.families.map { "`\($0.name)`" }.joined(separator: "<br>")
                let units = row.families.reduce(into: [String]()) { units, family in
                    if !units.contains(family.unit) { units.append(family.unit) }
                }
                let labels = row.families[0].labels.filter { $0 != "cgroup" && $0 != "leaf" }
                return [
                    names, row.families[0].kind.rawValue,
                    units.map { $0.replacing("_per_", with: " per ") }.joined(separator: ", "),
                    labels.map { "`\($0)`" }.joined(separator: ", "), row.meaning,
                    row.families[0].presence.text,
                ].reduce("|") { $0 + ($1.isEmpty ? "" : " " + $1) + " |" }
            }).joined(separator: "\n")
    }

    private static var observed: [Row] {
        CountMetric.all.map { Row(families: [$0.cgroup, $0.node].compactMap(\.self), meaning: $0.meaning) }
            + GaugeMetric.all.map { Row(families: [$0.cgroup, $0.node].compactMap(\.self), meaning: $0.meaning) }
            + [.runQueueWait, .diskRequest, .cgroupInfo].map(alone)
    }

    private static var planned: [Row] {
        [
            Row(
                families: UnitClass.all.flatMap { [$0.cgroupForecast, $0.nodeForecast] },
                meaning: "Level that the peak over the lead time keeps to with probability `q`"
            )
        ]
            + UnitClass.all[0].plans.indices.map { index in
                let families = UnitClass.all.map { $0.plans[index] }
                return Row(families: families, meaning: String(families[0].help.dropLast()))
            }
            + [.planCoverage, .requests].map(alone)
    }

    /// What is in no other table, in the page's order.
    private static var agent: [Row] {
        let told = Set((observed + planned).flatMap(\.families))
        return MetricFamily.all.filter { !told.contains($0) }.map(alone)
    }

    private static func alone(_ family: MetricFamily) -> Row {
        Row(families: [family], meaning: String(family.help.dropLast()))
    }

    /// Every label, in the order of the page.
    static var labels: [(name: String, meaning: String)] {
        func words(_ values: some Sequence<String>) -> String {
            values.map { "`\($0)`" }.joined(separator: ", ")
        }
        let identity = "who the cgroup is, as `identity` in [JSON lines](json-lines.md); absent where unknown"
        let workload = "from `pods.file`; absent where unknown"
        let told: [String: String] = [
            "cgroup": "its path; `(other)`: all that are not shown",
            "leaf": "`true` or `false`: whether it has no cgroup inside; sums over `true` count everything once",
            "mode": words(["user", "system"]),
            "event":
                "of `headroom_cgroup_memory_events_total`: `high`, `max`, `oom`, `oom_kill`; of `headroom_events_total`: as in [JSON lines](json-lines.md)",
            "direction": "of network: `receive`, `transmit`; of disk: `read`, `write`; of connections: `outgoing`, `incoming`",
            "span": words(["10ms", "100ms"]),
            "resource": "\(words(Resource.measured.map(\.name))); of pressure: `cpu`, `memory`, `io`",
            "kind": identity, "runtime": identity, "unit": identity, "container_id": identity,
            "pod_uid": identity, "qos": identity, "name": identity,
            "application": workload, "namespace": workload, "pod": workload, "container": workload,
            "horizon": "the lead time as the configuration has it, such as `5m`",
            "q": "the quantile, such as `0.95`; not called `quantile`, which is for summaries of what was",
            "pool": "a pool's name; `node`: what is in none",
            "outcome": words(OutcomeSummary.names),
            "cause": "why, as in `headroom maps losses` ([list](maps.md#losses))",
            "tier": words(Unobserved.names(.max)),
            "code": "of HTTP",
            "reason": words(ServerTally.Hindrance.allCases.map(\.rawValue)),
            "version": "of the build",
        ]
        var seen: Set<String> = []
        return MetricFamily.all.flatMap(\.labels).filter { seen.insert($0).inserted }.map { name in
            guard let meaning = told[name] else { preconditionFailure("label \(name) has no meaning in MetricReference") }
            return (name, meaning)
        }
    }
}
