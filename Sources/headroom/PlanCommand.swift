internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI
internal import NodeView
internal import Planner

/// `headroom plan`: what the running agent holds, wants and asked for, and why.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show the running agent's plan and its last capacity requests, with reasons.",
        discussion: """
            EXAMPLES
              sudo headroom plan
              sudo headroom plan --requests 50
              sudo headroom plan --json
              headroom plan --fleet --help    plan for all nodes of a cluster
              sudo headroom plan --what-if cost-ratio=99
              sudo headroom plan --what-if cpu.chunk=1,memory.max=8GiB
            """
    )

    @Option(help: ArgumentHelp("How many of the last requests to show.", valueName: "count"))
    var requests = 10

    @Option(
        help: ArgumentHelp(
            "What other prices and bounds would change now: \(PlanWhatIf.keys).",
            valueName: "key=value,..."
        )
    )
    var whatIf: String?

    @Flag(help: "Plan for all nodes instead: the options are those of `headroom-connect fleet`.")
    var fleet = false

    @OptionGroup var location: AgentLocation

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    func validate() throws {
        guard requests >= 0 else { throw ValidationError("--requests: \(requests) is negative") }
        do throws(PlanWhatIf.Refusal) {
            if let whatIf { _ = try PlanWhatIf(whatIf) }
        } catch {
            throw ValidationError("--what-if: \(error)")
        }
    }

    func run() throws {
        var attachment = try TableAttachment(directory: location.directory())
        let snapshot = try NodeSnapshot.take(&attachment)
        if let whatIf {
            let answers = try PlanWhatIf(whatIf).answers(snapshot)
            let bytes = json ? PlanWhatIf.json(answers) : Array(PlanWhatIf.text(answers).utf8)
            return try FileOutput.write(bytes, to: STDOUT_FILENO, "standard output")
        }
        if json { return try printJSON(snapshot) }
        if snapshot.plans.isEmpty {
            print("nothing is planned yet: the first plan comes with the second window")
        }
        for plan in snapshot.plans {
            func text(_ value: Double) -> String { Quantity.text(value, of: plan.resource) }
            let noun = plan.applications == 1 ? "application" : "applications"
            let pool = plan.pool.map { "pool \($0), \(plan.applications) \(noun): " } ?? ""
            print("\(pool)\(plan.resource.name)")
            print("  in use    \(text(plan.figures.demand))")
            print("  target    \(text(plan.figures.target)) (buffer \(text(plan.figures.target - plan.figures.demand)))")
            print(
                "  ready     \(text(plan.figures.ready))"
                    + (plan.allocatable.map { " of \(text($0))" } ?? ""))
            let account = PlanCommand.account(plan.figures)
            print(
                "  free      \(text(account.free))"
                    + (account.expiring > 0 ? ", \(text(account.expiring)) of it no longer wanted" : "")
                    + (account.short > 0 ? "; \(text(account.short)) of demand find nothing" : ""))
            print("  forecast  \(plan.forecast.map(text) ?? "none yet")")
            if let coverage = plan.coverage {
                print("  coverage  \(Compact.percent(coverage)) of matured forecasts held")
            }
            print("  why       \(plan.reason)")
        }
        printLimits(snapshot)
        let shown = snapshot.requests.prefix(requests)
        print(shown.isEmpty ? "no capacity requested yet" : "requests, newest first")
        for request in shown {
            let amount = Quantity.text(request.figures.amount, of: request.resource)
            print(
                "  \(Compact.timeOfDay(request.figures.time_ns))  \(request.isOfNode ? "" : request.pool + " ")\(request.resource.name) to \(amount): "
                    + "\(request.outcome): \(request.reason)")
        }
    }

    /// What `--enforce` holds cgroups to.
    private func printLimits(_ snapshot: NodeSnapshot) {
        let rows = snapshot.rows.filter(\.isLimited)
        if rows.isEmpty { return }
        print("limits set ahead of need")
        for row in rows {
            var parts: [String] = []
            for (resource, limit) in [
                (Resource.cpu, row.slot.limit_cores), (.memory, row.slot.limit_bytes),
            ] where limit > 0 {
                let use = Quantity.text(row.window.value(resource), of: resource)
                parts.append("\(resource.name) \(use) of \(Quantity.text(limit, of: resource))")
            }
            print("  \(row.path)  \(parts.joined(separator: ", "))")
        }
    }

    private static func account(_ entry: hr_plan_figures) -> BufferAccount {
        BufferAccount(
            demand: entry.demand, granted: entry.ready, pending: entry.pending,
            reserved: entry.ready + entry.pending, wanted: entry.target)
    }

    private func printJSON(_ snapshot: NodeSnapshot) throws {
        var line = JSONLine()
        for plan in snapshot.plans {
            line.line("plan") { line in
                line.field("time_s", Double(plan.figures.time_ns) / 1e9)
                line.field("pool", plan.pool ?? EngineConfiguration().pool)
                if plan.pool != nil { line.field("applications", UInt64(plan.applications)) }
                line.field("resource", plan.resource.name)
                line.field("field", plan.resource.fieldName)
                line.field("demand", plan.figures.demand)
                line.field("forecast", plan.figures.forecast)
                line.field("fraction", plan.figures.fraction)
                line.field("target", plan.figures.target)
                line.field("buffer", plan.figures.target - plan.figures.demand)
                line.field("ready", plan.figures.ready)
                line.field("pending", plan.figures.pending)
                let account = PlanCommand.account(plan.figures)
                line.field("in_use", account.inUse)
                line.field("free", account.free)
                line.field("expiring", account.expiring)
                line.field("short", account.short)
                line.field("allocatable", plan.figures.allocatable)
                line.field("coverage", plan.figures.coverage)
                line.field("reason", plan.reason)
            }
        }
        for row in snapshot.rows where row.isLimited {
            line.line("limit") { line in
                line.field("cgroup", row.path)
                line.field("cgroup_id", row.slot.cgroup_id)
                line.field("cpu_cores", row.slot.limit_cores > 0 ? row.slot.limit_cores : .nan)
                line.field("memory_bytes", row.slot.limit_bytes > 0 ? row.slot.limit_bytes : .nan)
            }
        }
        for request in snapshot.requests.prefix(requests) {
            line.line("request") { line in
                line.field("time_s", Double(request.figures.time_ns) / 1e9)
                line.field("id", request.figures.id)
                line.field("pool", request.pool)
                line.field("resource", request.resource.name)
                line.field("field", request.resource.fieldName)
                line.field("amount", request.figures.amount)
                line.field("change", request.figures.change)
                line.field("outcome", request.outcome)
                line.field("granted", request.figures.granted)
                line.field("reason", request.reason)
            }
        }
        try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
    }
}
