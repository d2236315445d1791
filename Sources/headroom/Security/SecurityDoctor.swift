internal import Agent
internal import Aggregates
internal import Confinement
internal import Glibc
internal import HeadroomABI
internal import Probes

/// What the running agent and its helper hold, from `/proc` and from what the agent says of itself.
struct SecurityDoctor {
    struct Entry {
        let name: String
        let found: String
        /// What it is for, or what it means; empty: it speaks for itself.
        var why = ""
        /// Less than there could be.
        var isLoose = false
    }

    let sections: [(title: String, entries: [Entry])]

    /// - Throws: when no agent runs.
    init(_ directory: RuntimeDirectory) throws {
        var attachment = try TableAttachment(directory: directory)
        guard let header = attachment.reader.header() else {
            throw AgentError(.failed, "the agent's table stays half written: is the agent stopped?")
        }
        let report = SecurityReport(parsing: (try? TextFile.read(directory.securityPath)) ?? "")
        let agent = "\(header.agent_pid)"
        guard let status = ProcessStatus(process: agent) else {
            throw AgentError.noAgent(directory)
        }
        var sections = [
            ("host", Self.host), ("agent, process \(agent)", Self.agent(status, report)),
        ]
        sections.append(("files", Self.files(report)))
        sections.append(("open descriptors", Descriptors(process: agent).entries))
        if let helper = report.values("helper").first, let status = ProcessStatus(process: helper) {
            sections.append(("helper, process \(helper)", Self.helper(status)))
        }
        self.sections = sections
    }

    // MARK: What there is

    private static var host: [Entry] {
        let lockdown = (try? TextFile.read("/sys/kernel/security/lockdown")) ?? ""
        let mode = lockdown.split(separator: " ").first { $0.hasPrefix("[") }.map {
            String($0.dropFirst().prefix { $0 != "]" })
        }
        let version = FileRules.version
        let bpf = (try? TextFile.read("/proc/sys/kernel/unprivileged_bpf_disabled"))?.prefix {
            $0.isNumber
        }
        return [
            Entry(
                name: "lockdown",
                found: mode ?? "not told: securityfs is not mounted",
                why:
                    "the agent loads under none and integrity; confidentiality forbids BPF to read kernel memory"
            ),
            Entry(
                name: "Landlock",
                found: version == 0 ? "none" : "version \(version)",
                isLoose: version == 0
            ),
            Entry(
                name: "unprivileged BPF",
                found: bpf == "0" ? "allowed" : "not allowed",
                isLoose: bpf == "0"
            ),
        ]
    }

    private static func agent(_ status: ProcessStatus, _ report: SecurityReport) -> [Entry] {
        let isRoot = status.users[1] == 0
        var entries = [
            Entry(
                name: "user",
                found: "\(status.users[1]):\(status.groups[1])",
                why: isRoot ? "root, which owns its files; security.user names another" : ""
            ),
            Entry(
                name: "capabilities",
                found: status.effective.description,
                why: report.values("keeps").first
                    ?? (status.effective.isEmpty ? "" : "security.confine is false"),
                isLoose: !status.effective.isEmpty
            ),
            Entry(
                name: "to be taken up",
                found: status.permitted.subtracting(status.effective).description,
                isLoose: status.permitted != status.effective
            ),
            Entry(
                name: "bounding set",
                found: status.bounding.description,
                why: "what it could execute with more rights is limited by no_new_privs"
            ),
            Entry(
                name: "no_new_privs",
                found: status.gainsNothing ? "set" : "not set",
                isLoose: !status.gainsNothing
            ),
            Entry(
                name: "seccomp",
                found: status.callFilter == .filter ? "filter" : "none",
                why: report.values("seccomp").first ?? "",
                isLoose: status.callFilter != .filter
            ),
        ]
        let landlock = report.values("landlock").first ?? "off: security.confine"
        let isOn = Int(landlock) != nil
        entries.append(
            Entry(
                name: "Landlock",
                found: isOn ? "version \(landlock)" : "none",
                why: isOn ? "" : landlock,
                isLoose: !isOn
            )
        )
        let refused = report.values("refused").first ?? "0"
        entries.append(
            Entry(
                name: "refused calls",
                found: refused,
                why: refused == "0" ? "" : "see the agent's log",
                isLoose: refused != "0"
            )
        )
        return entries
    }

    private static func files(_ report: SecurityReport) -> [Entry] {
        guard report.values("landlock").first.flatMap({ Int($0) }) != nil else {
            return [
                Entry(name: "as its user may", found: "nothing more is restricted", isLoose: true)
            ]
        }
        return report.values("writes").map { Entry(name: "writes", found: $0) }
            + report.values("reads").map { Entry(name: "reads", found: $0) }
            + [
                Entry(name: "executes", found: "nothing"),
                Entry(name: "connects to", found: "nothing, by TCP"),
            ]
            + report.values("listens").map {
                Entry(name: "listens on", found: "port \($0)", why: "telemetry.listen")
            }
    }

    private static let reasons: [(CapabilitySet, String)] = [
        (.sysAdmin, "the probes' own time, for the budget: bpf_enable_stats"),
        (.netAdmin, "puts network probes back that the budget, or somebody else, took off"),
        (.dacOverride, "limits of cgroups in a tree that belongs to another user"),
        (.setUID, "starts the provider program as provider.user"),
        (.setGID, "starts the provider program as provider.user"),
        (.kill, "ends the provider program"),
    ]

    private static func helper(_ status: ProcessStatus) -> [Entry] {
        var entries = [Entry(name: "user", found: "\(status.users[1]):\(status.groups[1])")]
        for (capability, why) in reasons where status.effective.contains(capability) {
            entries.append(Entry(name: "holds", found: capability.description, why: why))
        }
        let others = reasons.reduce(status.permitted) { $0.subtracting($1.0) }
        entries.append(
            Entry(name: "and beside these", found: others.description, isLoose: !others.isEmpty)
        )
        entries.append(
            Entry(
                name: "no_new_privs",
                found: status.gainsNothing ? "set" : "not set",
                isLoose: !status.gainsNothing
            )
        )
        entries.append(Entry(name: "memory", found: "\(status.residentBytes >> 10) KiB resident"))
        return entries
    }
}

// MARK: Showing

extension SecurityDoctor {
    func text(_ style: TerminalStyle) -> String {
        var lines: [String] = []
        for (title, entries) in sections {
            if !lines.isEmpty { lines.append("") }
            lines.append(style.bold(title))
            for entry in entries {
                let mark = entry.isLoose ? style.yellow("--  ") : style.green("ok  ")
                let why = entry.why.isEmpty ? "" : style.dim("  (\(entry.why))")
                lines.append("  \(mark)\(TextTable.pad(entry.name, 21, .left))\(entry.found)\(why)")
            }
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONLine {
        var line = JSONLine()
        for (title, entries) in sections {
            for entry in entries {
                line.line("security") { line in
                    line.field("part", title.split(separator: ",").first.map(String.init) ?? title)
                    line.field("name", entry.name)
                    line.field("found", entry.found)
                    line.field("why", entry.why)
                    line.field("ok", !entry.isLoose)
                }
            }
        }
        return line
    }
}
