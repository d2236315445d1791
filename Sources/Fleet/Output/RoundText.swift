internal import Aggregates
internal import Capacity
internal import KubernetesCapacity
internal import Planner

/// A round for people, and as the agent's JSON lines.
package struct RoundText: Sendable {
    private let report: RoundReport
    private let provider: String

    package init(_ report: RoundReport, provider: String) {
        self.report = report
        self.provider = provider
    }

    // MARK: A table

    package var table: String {
        var text = ""
        for plan in report.plans {
            let decision = plan.decision
            func amount(_ value: Double) -> String { Quantity.text(value, of: decision.resource) }
            let noun = plan.applications == 1 ? "application" : "applications"
            text += "pool \(plan.pool), \(plan.applications) \(noun): \(decision.resource.name)\n"
            text += "  in use    \(amount(decision.demand))\n"
            text += "  target    \(amount(decision.target)) (buffer \(amount(decision.buffer)))\n"
            text +=
                "  ready     \(amount(decision.ready))" + (plan.allocatable.map { " of \(amount($0))" } ?? "")
                + (decision.pending > 0 ? ", \(amount(decision.pending)) on the way" : "") + "\n"
            text += "  forecast  \(decision.forecast.map(amount) ?? "none yet")\n"
            if let coverage = plan.coverage {
                text += "  coverage  \(Quantity.percentage(coverage)) of matured forecasts held\n"
            }
            for reason in decision.reasons { text += "  why       \(reason)\n" }
        }
        for request in report.requests {
            text +=
                "request \(request.id): \(request.pool) \(request.resource.name) to \(Quantity.text(request.amount, of: request.resource))\n"
        }
        for answer in report.answers {
            text +=
                "answer \(answer.request.id): \(answer.request.pool) \(answer.request.resource.name): \(Self.words(answer.outcome, answer.request.resource))\n"
        }
        for hold in report.holds { text += "held \(hold.resource.name): \(hold.text)\n" }
        if let containers = report.containers { text += Self.table(containers) }
        if let fault = report.checkpointFault { text += "not kept: \(fault)\n" }
        if !report.isActive { text += "another planner is the active one; this one learns and decides nothing\n" }
        return text
    }

    private static func table(_ report: ContainerReport) -> String {
        var text = ""
        for answer in report.recommendations {
            let (outcome, reason) = answer.outcome.words
            text += "recommendation \(answer.namespace)/\(answer.name): \(outcome)"
            if !reason.isEmpty { text += ": \(reason)" }
            text += answer.targets.isEmpty ? "\n" : ": \(answer.targets.joined(separator: "; "))\n"
        }
        for resize in report.resizes {
            var wanted: [String] = []
            if let cpu = resize.cpuMilli { wanted.append("cpu \(cpu)m") }
            if let memory = resize.memoryBytes { wanted.append("memory \(Quantity.text(Double(memory), of: .memory))") }
            text +=
                "resize \(resize.namespace)/\(resize.pod) \(resize.container) towards \(wanted.joined(separator: ", ")): \(resize.outcome)"
            text += resize.reason.isEmpty ? "\n" : ": \(resize.reason)\n"
        }
        for hold in report.holds { text += "held containers' \(hold.resource.name): \(hold.text)\n" }
        text += "containers \(report.containers), VerticalPodAutoscalers \(report.autoscalers), pods to resize \(report.pods)"
        if report.unsurePods > 0 { text += ", \(report.unsurePods) without a forecast to trust yet" }
        if report.podsOfAutoscalers > 0 { text += ", \(report.podsOfAutoscalers) left to VerticalPodAutoscalers" }
        if report.resizesUnderWay > 0 { text += ", \(report.resizesUnderWay) under way" }
        return text + "\n"
    }

    private static func words(_ outcome: CapacityOutcome, _ resource: Resource) -> String {
        switch outcome {
        case .granted(let amount): "granted, \(Quantity.text(amount, of: resource)) in all"
        case .partial(let amount, let reason): "\(Quantity.text(amount, of: resource)) in all: \(reason)"
        case .denied(let reason): "denied: \(reason)"
        case .pending: "pending"
        }
    }

    // MARK: JSON lines

    package var lines: [UInt8] {
        var bytes: [UInt8] = []
        for plan in report.plans { Self.line(Self.members(plan), &bytes) }
        for answer in report.answers { Self.line(members(answer), &bytes) }
        for hold in report.holds {
            Self.line(
                [
                    ("type", .text("hold")), ("resource", .text(hold.resource.name)),
                    ("reason", .text(hold.reason.rawValue)), ("text", .text(hold.text)),
                ], &bytes)
        }
        if let containers = report.containers { Self.lines(containers, &bytes) }
        Self.line(
            [
                ("type", .text("round")), ("active", .integer(report.isActive ? 1 : 0)),
                ("series", .integer(UInt64(report.series))), ("applications", .integer(UInt64(report.applications))),
                ("took_s", .number(report.took / .seconds(1))), ("unusable", .integer(report.counts.unusable)),
                ("unnamed", .integer(report.counts.unnamed)), ("histograms", .integer(report.counts.histograms)),
                ("outside_pools", .integer(UInt64(report.counts.outsidePools))),
                ("beyond_limit", .integer(UInt64(report.counts.beyondLimit))),
                ("retired", .integer(report.counts.retired)), ("held", .integer(report.counts.held)),
                ("checkpoint_failures", .integer(report.checkpointFailures)),
            ] + (report.checkpointFault.map { [("checkpoint_fault", .text($0))] } ?? []), &bytes)
        return bytes
    }

    private static func lines(_ report: ContainerReport, _ bytes: inout [UInt8]) {
        for answer in report.recommendations {
            let (outcome, reason) = answer.outcome.words
            line(
                [
                    ("type", .text("recommendation")), ("namespace", .text(answer.namespace)),
                    ("name", .text(answer.name)), ("outcome", .text(outcome)),
                    ("outcome_reason", .text(reason)), ("targets", .list(answer.targets.map { .text($0) })),
                ], &bytes)
        }
        for resize in report.resizes {
            line(
                [
                    ("type", .text("resize")), ("namespace", .text(resize.namespace)), ("pod", .text(resize.pod)),
                    ("container", .text(resize.container)), ("outcome", .text(resize.outcome)),
                    ("outcome_reason", .text(resize.reason)),
                    ("cpu_milli", .number(resize.cpuMilli.map { Double($0) })),
                    ("memory_bytes", .number(resize.memoryBytes.map { Double($0) })),
                ], &bytes)
        }
        for hold in report.holds {
            line(
                [
                    ("type", .text("container_hold")), ("resource", .text(hold.resource.name)),
                    ("reason", .text(hold.reason.rawValue)), ("text", .text(hold.text)),
                ], &bytes)
        }
        func counts(_ all: [String: UInt64]) -> JSONText {
            .object(all.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
        }
        line(
            [
                ("type", .text("containers")), ("fresh", .integer(report.isFresh ? 1 : 0)),
                ("series", .integer(UInt64(report.series))), ("containers", .integer(UInt64(report.containers))),
                ("autoscalers", .integer(UInt64(report.autoscalers))), ("pods", .integer(UInt64(report.pods))),
                ("unsure_pods", .integer(UInt64(report.unsurePods))),
                ("pods_of_autoscalers", .integer(UInt64(report.podsOfAutoscalers))),
                ("resizes_under_way", .integer(UInt64(report.resizesUnderWay))),
                ("beyond_limit", .integer(UInt64(report.beyondLimit))), ("unusable", .integer(report.unusable)),
                ("unnamed", .integer(report.unnamed)), ("recommendations", counts(report.counts.recommendations)),
                ("resizes", counts(report.counts.resizes)),
            ], &bytes)
    }

    private static func line(_ members: [(String, JSONText)], _ bytes: inout [UInt8]) {
        JSONText.object(members).append(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func members(_ plan: FleetPlan) -> [(String, JSONText)] {
        let decision = plan.decision
        let account = decision.account
        let applications = decision.topContributors.map { application in
            JSONText.object([
                ("cgroup", .text(application.name)), ("in_use", .number(application.inUse)),
                ("forecast", .number(application.quantile)),
                ("buffer", .number(decision.buffer(for: application))),
            ])
        }
        return [
            ("type", .text("plan")), ("time_s", .number(Double(decision.timeNanoseconds) / 1e9)),
            ("pool", .text(plan.pool)), ("resource", .text(decision.resource.name)),
            ("field", .text(decision.resource.fieldName)), ("demand", .number(decision.demand)),
            ("forecast", .number(decision.forecast)), ("forecast_quantile", .number(decision.forecastQuantile)),
            ("fraction", .number(decision.fraction)), ("target", .number(decision.target)),
            ("buffer", .number(decision.buffer)), ("ready", .number(decision.ready)),
            ("pending", .number(decision.pending)), ("reserved", .number(account.reserved)),
            ("in_use", .number(account.inUse)), ("free", .number(account.free)),
            ("expiring", .number(account.expiring)), ("short", .number(account.short)),
            ("change", .number(decision.change)), ("scheduled", .number(decision.scheduled)),
            ("expected_saving", .number(decision.saving)),
            ("expected_saving_per_hour", .number(decision.savingPerHour)),
            ("allocatable", .number(plan.allocatable)), ("coverage_quantile", .number(plan.coverageQuantile)),
            ("coverage", .number(plan.coverage)), ("matured_forecasts", .integer(plan.maturedForecasts)),
            ("applications", .list(applications)), ("reasons", .list(decision.reasons.map { .text($0) })),
        ]
    }

    private func members(_ answer: RoundReport.Answer) -> [(String, JSONText)] {
        let request = answer.request
        var granted: Double?
        var reason: String?
        let outcome: String
        switch answer.outcome {
        case .granted(let amount): (outcome, granted) = ("granted", amount)
        case .partial(let amount, let why): (outcome, granted, reason) = ("partial", amount, why)
        case .denied(let why): (outcome, reason) = ("denied", why)
        case .pending: outcome = "pending"
        }
        var members: [(String, JSONText)] = [
            ("type", .text("request")), ("time_s", .number(Double(request.requestedAtNanoseconds) / 1e9)),
            ("id", .integer(request.id)), ("pool", .text(request.pool)), ("provider", .text(provider)),
            ("resource", .text(request.resource.name)), ("field", .text(request.resource.fieldName)),
            ("amount", .number(request.amount)), ("change", .number(request.change)),
            ("demand", .number(request.demand)),
            ("needed_by_s", .number(Double(request.neededByNanoseconds) / 1e9)), ("outcome", .text(outcome)),
            ("granted", .number(granted)),
        ]
        if let reason { members.append(("outcome_reason", .text(reason))) }
        members.append(("reasons", .list(request.reasons.map { .text($0) })))
        return members
    }
}
