internal import Agent
internal import Probes

/// What `headroom doctor` found.
struct Examination {
    private let host: [HostCheck]
    private let sources: [MetricSource]
    private let costs: [ProgramCost]
    /// Why the probes could not be loaded; nil when they could.
    private let failure: String?

    var canRun: Bool { failure == nil }

    static func perform(agentIn directory: RuntimeDirectory) -> Examination {
        let host = HostCheck.all(agentIn: directory)
        do throws(BPFError) {
            let profiler = try Profiler(configuration: ProfilerConfiguration())
            let costs = try ProgramCost.measure(profiler)
            return Examination(
                host: host, sources: profiler.sources, costs: costs, failure: nil)
        } catch {
            return Examination(
                host: host, sources: [], costs: [], failure: "\(error)")
        }
    }

    func text(_ style: TerminalStyle) -> String {
        var lines = [style.bold("host")]
        for check in host {
            lines += entry(check.name, check.found, isGood: check.isGood, check.advice, style)
        }
        lines += ["", style.bold("sources")]
        for source in sources {
            let used = source.isAvailable ? source.source : "none"
            lines += entry(source.metric, used, isGood: source.isAvailable, source.advice, style)
            lines.append("        why: \(source.reason)")
            lines.append("        cannot see: \(source.blindSpot)")
            for cost in costs where MetricSource.metric(ofProgram: cost.program) == source.metric {
                lines.append("        cost: \(cost.text)")
            }
        }
        if let failure {
            lines += [style.red("the probes could not be loaded: ") + failure]
        }
        lines += ["", canRun ? style.green("the agent can run here") : style.red("the agent cannot run here")]
        return lines.joined(separator: "\n")
    }

    private func entry(
        _ name: String, _ found: String, isGood: Bool, _ advice: String, _ style: TerminalStyle
    ) -> [String] {
        let mark = isGood ? style.green("ok  ") : style.yellow("--  ")
        var lines = ["  \(mark)\(TextTable.pad(name, 18, .left))\(found)"]
        if !advice.isEmpty { lines.append("        to do: \(advice)") }
        return lines
    }

    var json: JSONLine {
        var line = JSONLine()
        for check in host {
            line.line("host") { line in
                line.field("name", check.name)
                line.field("found", check.found)
                line.field("ok", check.isGood)
                line.field("advice", check.advice)
            }
        }
        for source in sources {
            line.line("source") { line in
                line.field("metric", source.metric)
                line.field("ok", source.isAvailable)
                line.field("source", source.source)
                line.field("reason", source.reason)
                line.field("blind_spot", source.blindSpot)
                line.field("advice", source.advice)
            }
        }
        for cost in costs {
            line.line("cost") { line in
                line.field("program", cost.program)
                line.field("metric", MetricSource.metric(ofProgram: cost.program) ?? "")
                line.field("runs", cost.runs)
                line.field("ns_per_run", cost.nanosecondsPerRun ?? .nan)
            }
        }
        line.line("verdict") { line in
            line.field("can_run", canRun)
            line.field("failure", failure ?? "")
        }
        return line
    }
}
