internal import Agent
internal import Aggregates
internal import Capacity
internal import Glibc
internal import History
internal import NodeView
internal import Planner
internal import Probes
internal import Settings
internal import Telemetry

/// What `headroom run` says first to a person: what it found, what it will and will not do, and what
/// to look at; and last: what it leaves, and what to try.
struct Greeting {
    let settings: AgentSettings
    let style: TerminalStyle
    let columns: Int

    /// At most a dozen lines.
    func lines(_ sources: [MetricSource], _ facts: HostFacts) -> [String] {
        func entry(_ title: String, _ text: String) -> String {
            style.bold(TextTable.pad(title, 9, .left)) + text
        }
        let title: String = style.bold("headroom " + Headroom.version)
        let name = Self.kernelLine("hostname") ?? "this host"
        var lines: [String] = [title + " on " + name + ": " + host(facts)]
        lines.append(entry("does", purpose))
        lines.append(entry("sees", Self.seen(sources)))
        for missing in Self.missing(sources) { lines.append(entry("", style.yellow(clipped(missing, 9)))) }
        lines.append(entry("keeps", kept))
        lines.append(entry("tells", told))
        lines.append(entry("next", Self.next))
        lines.append(entry("", Self.idle))
        return lines
    }

    private func host(_ facts: HostFacts) -> String {
        let kernel = Self.kernelLine("osrelease") ?? "unknown"
        return "kernel \(kernel), \(Self.tree), \(Compact.cores(facts.cores)) CPUs, "
            + Quantity.text(facts.memoryBytes, of: .memory)
    }

    private static func kernelLine(_ name: String) -> String? {
        let text = (try? TextFile.read("/proc/sys/kernel/\(name)")) ?? ""
        return text.split(separator: "\n").first.map(String.init)
    }

    private static var tree: String {
        guard let tree = try? CgroupTree() else { return "no cgroup v2 tree" }
        return tree.controllers.contains("memory")
            ? "cgroup v2" : "cgroup v2 beside v1 (\(tree.mountPoint))"
    }

    /// What is done to this host: nothing, unless it was asked for.
    private var purpose: String {
        guard settings.isEnforcing else {
            return "observes, forecasts and plans; changes nothing on this host (--enforce sets limits)"
        }
        let cgroups = settings.enforcement.cgroups
        let files = ControlFile.allCases.filter(settings.enforcement.files.contains)
            .map(\.rawValue).joined(separator: ", ")
        var whose = cgroups.prefix(3).joined(separator: ", ")
        if cgroups.count > 3 { whose += " and \(cgroups.count - 3) more" }
        if cgroups.isEmpty { whose = "no cgroup, as none is named (--enforce-cgroups)" }
        return "enforces: sets \(files) of \(whose); puts back what it found when it ends"
    }

    private static func seen(_ sources: [MetricSource]) -> String {
        let good = sources.filter(\.isAvailable).count
        return good == sources.count
            ? "all \(sources.count) metrics" : "\(good) of \(sources.count) metrics; doctor says more of what is missing"
    }

    /// At most three, each with its reason.
    private static func missing(_ sources: [MetricSource]) -> [String] {
        let missing = sources.filter { !$0.isAvailable }
        var lines = missing.prefix(3).map { "no \($0.metric): \($0.reason)" }
        if missing.count > 3 { lines.append("and \(missing.count - 3) more") }
        return lines
    }

    private var kept: String {
        guard let directory = settings.stateDirectory else {
            return "nothing: what it learns goes when it ends (state.directory: none)"
        }
        let learned = "what it learns in \(directory), for the next start"
        guard let history = settings.history else { return learned }
        let days = UnitArgument.text(seconds: Double(history.keepNanoseconds) / 1e9)
        return learned + "; windows and decisions of \(days), at most \(UnitArgument.text(bytes: Double(history.byteLimit)))"
    }

    private var told: String {
        var places: [String] = []
        if settings.telemetry.hasSocket {
            places.append(
                "curl --unix-socket \(settings.options.runtimeDirectory.path)/\(TelemetryOptions.socketName) http://localhost/metrics")
        }
        if let address = settings.telemetry.listen { places.append("http://\(address)/metrics") }
        return places.isEmpty ? "no metrics (telemetry.socket: false)" : places.joined(separator: ", ")
    }

    private static let next =
        "sudo \(CommandName.typed) forecast · plan · maps · doctor, in another terminal"
    private static let idle =
        "nothing going on here? sudo \(CommandName.typed) demo makes some load to look at"

    /// What is there when it has ended.
    func farewell(_ report: SelfReport, seconds: Double) -> [String] {
        let windows = "\(report.ticks) window\(report.ticks == 1 ? "" : "s") of \(report.cgroups) cgroup\(report.cgroups == 1 ? "" : "s")"
        var lines = [
            "headroom ran \(Compact.clock(seconds: Int(seconds))): \(windows); nothing of it stays in the kernel"
        ]
        if let directory = settings.stateDirectory {
            lines.append("what it learned is in \(directory): the next start goes on from there")
        }
        lines.append(
            "next: \(CommandName.typed) run --record FILE, then replay FILE · config init · run --enforce (docs/enforcing.md)")
        return lines
    }

    private func clipped(_ text: String, _ indent: Int) -> String {
        let room = max(20, columns - indent)
        return text.count > room ? text.prefix(room - 1) + "…" : text
    }
}
