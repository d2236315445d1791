internal import Agent
internal import Aggregates
internal import Configuration
internal import HeadroomABI
internal import Planner

/// `headroom plan --what-if cost-ratio=99,memory.max=8GiB`: what would change now.
struct PlanWhatIf {
    /// Why a text is no such wish, for people.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    static let keys = "cost-ratio, or RESOURCE. and one of cost-ratio, chunk, min, max"
    private var changes: [Resource: WhatIf.Change] = [:]

    init(_ text: String) throws(Refusal) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw Refusal(
                    description: "\"\(part)\" is no change: expected KEY=VALUE, such as cost-ratio=99")
            }
            try add(String(sides[0]), String(sides[1]))
        }
    }

    private mutating func add(_ key: String, _ value: String) throws(Refusal) {
        let words = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let named = words.count == 2 ? Resource(name: words[0]) : nil
        let field = words[words.count - 1].replacing("-", with: "_")
        let isKnown = words.count == 1 ? field == "cost_ratio" : named.map(Resource.measured.contains) == true
        guard isKnown, ["cost_ratio", "chunk", "min", "max"].contains(field) else {
            throw Refusal(description: "\"\(key)\" cannot be changed here: expected \(Self.keys)")
        }
        let setting = named.map { "plan.\($0.name).\(field)" } ?? "plan.\(field)"
        let settings: AgentSettings
        do throws(ConfigurationError) {
            settings = try EffectiveConfiguration(
                flags: [FlagValue(key, value, sets: [setting])], standardPath: "",
                runtimeDirectory: nil, stateDirectory: nil
            ).settings
        } catch {
            throw Refusal(description: error.problems.map { "\($0)" }.joined(separator: "\n"))
        }
        for resource in named.map({ [$0] }) ?? Resource.measured {
            let plan = settings.plans[Int(resource.rawValue)]
            var change = changes[resource] ?? WhatIf.Change()
            switch field {
            case "cost_ratio": change.costRatio = plan.costRatio ?? settings.costRatio
            case "chunk": change.chunk = plan.chunk
            case "min": change.minimum = plan.minimum
            default: change.maximum = plan.maximum ?? .infinity
            }
            changes[resource] = change
        }
    }

    /// One resource's answer; `whatIf` is nil where there is none, and then `reason` says why.
    struct Answer {
        let resource: Resource
        let whatIf: WhatIf?
        let reason: String
    }

    /// Of every planned resource that the wish is about.
    func answers(_ snapshot: NodeSnapshot) -> [Answer] {
        snapshot.plans.filter { $0.pool == nil }.compactMap { plan in
            changes[plan.resource].map { answer(plan, $0, snapshot) }
        }
    }

    private func answer(
        _ plan: NodeSnapshot.Plan, _ change: WhatIf.Change, _ snapshot: NodeSnapshot
    ) -> Answer {
        func without(_ reason: String) -> Answer {
            Answer(resource: plan.resource, whatIf: nil, reason: reason)
        }
        let horizons = snapshot.horizonSeconds.map { Int64($0 * 1e9) }
        guard let root = snapshot.rows.first(where: { $0.path == "/" }), !horizons.isEmpty else {
            return without("the agent shows no forecast of the node")
        }
        if snapshot.plans.contains(where: { $0.pool != nil }) {
            return without("with pools in the configuration no forecast of what is in none is shown")
        }
        let bracket = HorizonBracket(
            lead: Int64(clamping: plan.entry.horizon_ns), horizons: horizons)
        var ladder = ForecastLadder()
        for (index, level) in snapshot.quantiles.enumerated() {
            let value = bracket.value {
                root.forecast(plan.resource, horizon: $0, quantile: index)
            }
            guard let value else { return without("there is no forecast yet") }
            ladder.append(level: level, value: value)
        }
        let configuration = ResourcePlanConfiguration(
            costRatio: plan.entry.cost_ratio,
            leadTimeNanoseconds: Int64(clamping: plan.entry.lead_ns), chunk: plan.entry.chunk,
            minimum: plan.entry.minimum, maximum: plan.entry.maximum)
        let whatIf = WhatIf(
            configuration, demand: plan.entry.demand, ladder: ladder, shift: plan.entry.shift,
            change: change)
        guard let whatIf else {
            return without("no whole number of chunks lies between min and max")
        }
        return Answer(resource: plan.resource, whatIf: whatIf, reason: "")
    }

    // MARK: Telling

    static func text(_ answers: [Answer]) -> String {
        if answers.isEmpty { return "nothing of this is planned\n" }
        return answers.map { answer in
            guard let whatIf = answer.whatIf else {
                return "\(answer.resource.name)\n  \(answer.reason)\n"
            }
            let (now, then) = (whatIf.present, whatIf.changed)
            func amount(_ value: Double) -> String { Quantity.text(value, of: answer.resource) }
            func row(_ name: String, _ value: (WhatIf.Side) -> Double) -> String {
                let step = value(then) - value(now)
                let sign = step < 0 ? "-" : "+"
                return "  \(TextTable.pad(name, 14, .left))\(amount(value(now))) -> \(amount(value(then)))"
                    + " (\(sign)\(amount(step.magnitude)))\n"
            }
            return "\(answer.resource.name), cost ratio \(Quantity.number(now.costRatio)) -> "
                + "\(Quantity.number(then.costRatio))\n"
                + row("target", \.target) + row("idle at peak", \.idle)
                + row("short at peak", \.short) + row("cost", \.cost)
        }.joined()
            + "expected over the lead, from the forecast of now; cost: idle at 1, short at the new ratio\n"
    }

    static func json(_ answers: [Answer]) -> [UInt8] {
        var line = JSONLine()
        for answer in answers {
            line.line("what_if") { line in
                line.field("resource", answer.resource.name)
                line.field("field", answer.resource.fieldName)
                guard let whatIf = answer.whatIf else { return line.field("reason", answer.reason) }
                for side in [false, true] {
                    line.object(side ? "changed" : "present") { line in
                        let side = side ? whatIf.changed : whatIf.present
                        line.field("cost_ratio", side.costRatio)
                        line.field("target", side.target)
                        line.field("idle", side.idle)
                        line.field("short", side.short)
                        line.field("cost", side.cost)
                    }
                }
            }
        }
        return line.bytes
    }
}
