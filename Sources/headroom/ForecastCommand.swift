internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI
internal import Planner

/// `headroom forecast`: what the running agent expects.
struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Show the running agent's forecasts: quantiles of each peak over the lead times.",
        discussion: """
            A figure under p95 is the level that the resource's peak over the lead time stays at or \
            below with probability 0.95. A resource that a cgroup never used has no forecast.

            EXAMPLES
              sudo headroom forecast
              sudo headroom forecast --cgroup /system.slice --resource cpu
              sudo headroom forecast --json
              sudo headroom forecast /system.slice/web.service --why
            """
    )

    @Argument(help: ArgumentHelp("Only this cgroup and those inside it.", valueName: "cgroup"))
    var path: String?

    @Option(
        help: ArgumentHelp(
            "The same, as an option.", valueName: "path", visibility: .hidden))
    var cgroup: String?

    @Flag(
        help: ArgumentHelp(
            "Explain the forecasts of this one cgroup: which rules they are made of, what they covered, what they missed, the seasons seen, and what would change them."
        ))
    var why = false

    @Option(help: ArgumentHelp("With --why, the quantile to explain.", valueName: "q"))
    var quantile = 0.95

    @Option(help: "Only cpu, memory, net_rx, net_tx, disk_read or disk_write.")
    var resource: String?

    @OptionGroup var location: AgentLocation

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    func validate() throws {
        _ = try resources()
        if path != nil, cgroup != nil {
            throw ValidationError("a cgroup and --cgroup: one of them says which")
        }
        guard quantile >= 0, quantile < 1 else {
            throw ValidationError("--quantile: \(quantile) is not from 0 to less than 1")
        }
        if why, path ?? cgroup == nil {
            throw ValidationError("--why: name a cgroup; `headroom forecast` lists them")
        }
    }

    func run() throws {
        let cgroup = path ?? cgroup
        if why, let cgroup { return try explain(cgroup) }
        var attachment = try TableAttachment(directory: location.directory())
        let snapshot = try NodeSnapshot.take(&attachment)
        let rows = snapshot.rows.filter { row in
            guard let cgroup, cgroup != "/" else { return true }
            return CgroupPath.lies(row.path, in: cgroup)
        }
        if let cgroup, rows.isEmpty {
            throw AgentError(
                .failed, "the agent follows no cgroup \(cgroup); `headroom top` lists them")
        }
        if json {
            printJSON(snapshot, rows, try resources())
        } else {
            printTable(snapshot, rows, try resources())
        }
    }

    private func explain(_ cgroup: String) throws {
        guard let state = try location.stateDirectory() else {
            throw AgentError(
                .failed,
                "--why: the agent keeps nothing of what it learned: set state.directory in its configuration")
        }
        let found = try LearnedSeries.of(
            cgroup, in: state, agent: location.directory(), resources: try resources())
        if json {
            var sink = JSONLine()
            for series in found.series {
                ForecastWhy.write(series, quantile: quantile, found.savedNanoseconds, &sink)
            }
            try FileOutput.write(sink.bytes, to: STDOUT_FILENO, "standard output")
        } else {
            print(ForecastWhy.text(found, quantile: quantile))
        }
    }

    private func resources() throws -> [Resource] {
        guard let resource else { return Resource.measured }
        guard let known = Resource(name: resource), Resource.measured.contains(known) else {
            let names = Resource.measured.map(\.name).joined(separator: ", ")
            throw ValidationError("--resource: \"\(resource)\" is none of \(names)")
        }
        return [known]
    }

    private func printTable(
        _ snapshot: NodeSnapshot, _ rows: [NodeSnapshot.Row], _ resources: [Resource]
    ) {
        var table = TextTable(
            [("CGROUP", .left), ("RESOURCE", .left), ("LEAD", .right), ("NOW", .right)]
                + snapshot.quantiles.map { (Quantity.percentile($0), .right) })
        for row in rows where row.isFresh {
            for resource in resources {
                for (horizon, lead) in snapshot.horizonNanoseconds.enumerated() {
                    let values = snapshot.quantiles.indices.map {
                        row.forecast(resource, horizon: horizon, quantile: $0)
                    }
                    guard values.contains(where: { $0 != nil }) else { continue }
                    table.add(
                        [
                            row.path, resource.name, Quantity.seconds(lead),
                            Quantity.text(row.window.value(resource), of: resource),
                        ] + values.map { $0.map { Quantity.text($0, of: resource) } ?? "-" })
                }
            }
        }
        print(table.lines.joined(separator: "\n"))
    }

    private func printJSON(
        _ snapshot: NodeSnapshot, _ rows: [NodeSnapshot.Row], _ resources: [Resource]
    ) {
        var sink = JSONSink(descriptor: STDOUT_FILENO)
        for row in rows where row.isFresh {
            for resource in resources {
                for (horizon, lead) in snapshot.horizonNanoseconds.enumerated() {
                    let values = snapshot.quantiles.indices.map {
                        row.forecast(resource, horizon: horizon, quantile: $0) ?? .nan
                    }
                    guard values.contains(where: { !$0.isNaN }) else { continue }
                    sink.forecast(
                        IssuedForecast(
                            timeNanoseconds: row.slot.window.end_ns,
                            cgroupID: row.slot.cgroup_id, path: row.path, resource: resource,
                            horizonNanoseconds: lead,
                            quantiles: snapshot.quantiles, values: values))
                }
            }
        }
        _ = sink.flush()
    }
}
