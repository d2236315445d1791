internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Planner
internal import Settings

/// `headroom plan --what-if cost-ratio=99,memory.max=8GiB`: what would change now.
struct PlanWhatIf {
    /// Why a text is no such wish, for people.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    static let keys =
        "cost-ratio, or RESOURCE. and one of cost-ratio, hold-price, short-price, chunk, min, max"
    private static let fields = ["cost_ratio", "hold_price", "short_price", "chunk", "min", "max"]
    private var wishes: [Resource: Wish] = [:]

    /// What is to be otherwise.
    private struct Wish {
        var change = WhatIf.Change()
        var prices = PriceSettings()
    }

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
        guard isKnown, Self.fields.contains(field) else {
            throw Refusal(description: "\"\(key)\" cannot be changed here: expected \(Self.keys)")
        }
        let setting = named.map { "plan.\($0.name).\(field)" } ?? "plan.\(field)"
        let settings: AgentSettings
        var flags = [FlagValue(key, value, sets: [setting])]
        if let resource = named, field == "short_price" {
            // It is refused alone; what it is alone is checked all the same.
            flags.append(FlagValue(key, value, sets: ["plan.\(resource.name).hold_price"]))
        }
        do throws(ConfigurationError) {
            settings = try EffectiveConfiguration(
                flags: flags, standardPath: "",
                runtimeDirectory: nil, stateDirectory: nil
            ).settings
        } catch {
            throw Refusal(description: error.problems.map { "\($0)" }.joined(separator: "\n"))
        }
        for resource in named.map({ [$0] }) ?? Resource.measured {
            let plan = settings.plans[Int(resource.rawValue)]
            var wish = wishes[resource] ?? Wish()
            switch field {
            case "cost_ratio": wish.change.costRatio = plan.costRatio ?? settings.costRatio
            case "hold_price": wish.prices.hold = plan.prices.hold
            case "short_price": wish.prices.short = plan.prices.short
            case "chunk": wish.change.chunk = plan.chunk
            case "min": wish.change.minimum = plan.minimum
            default: wish.change.maximum = plan.maximum ?? .infinity
            }
            wishes[resource] = wish
        }
    }

    /// One plan's answer; `whatIf` is nil where there is none, and then `reason` says why.
    struct Answer {
        let resource: Resource
        let pool: String?
        var whatIf: WhatIf?
        /// Of a unit held for an hour; nil: none is known.
        var holdPrice: Double?
        var reason = ""
    }

    /// Of every planned resource that the wish is about, of the node and of each pool.
    func answers(_ snapshot: NodeSnapshot) -> [Answer] {
        snapshot.plans.compactMap { plan in
            wishes[plan.resource].map { answer(plan, $0, snapshot.quantiles) }
        }
    }

    private func answer(_ plan: ShownPlan, _ wish: Wish, _ quantiles: [Double]) -> Answer {
        var answer = Answer(resource: plan.resource, pool: plan.pool)
        var prices = PriceSettings()
        let units = PriceSettings.units(of: plan.resource)
        if let price = plan.holdPrice {
            prices.hold = price * units
            prices.short = plan.figures.cost_ratio * price * units / 3_600
        }
        prices.hold = wish.prices.hold ?? prices.hold
        prices.short = wish.prices.short ?? prices.short
        answer.holdPrice = prices.hold.map { $0 / units }
        var change = wish.change
        if wish.prices != PriceSettings(), change.costRatio == nil {
            guard let ratio = prices.costRatio, ratio > 0, ratio.isFinite else {
                answer.reason =
                    "the plan knows no prices: give hold-price and short-price, or cost-ratio"
                return answer
            }
            change.costRatio = ratio
        }
        var ladder = ForecastLadder()
        for (level, value) in zip(quantiles, plan.ladder) where !value.isNaN {
            ladder.append(level: level, value: value)
        }
        guard ladder.isDistribution else {
            answer.reason = "there is no forecast yet"
            return answer
        }
        let configuration = ResourcePlanConfiguration(
            costRatio: plan.figures.cost_ratio,
            leadTimeNanoseconds: Int64(clamping: plan.figures.lead_ns), chunk: plan.figures.chunk,
            minimum: plan.figures.minimum, maximum: plan.figures.maximum)
        answer.whatIf = WhatIf(
            configuration, demand: plan.figures.demand, ladder: ladder, shift: plan.figures.shift,
            change: change)
        if answer.whatIf == nil {
            answer.reason = "no whole number of chunks lies between min and max"
        }
        return answer
    }

    // MARK: Telling

    static func text(_ answers: [Answer]) -> String {
        if answers.isEmpty { return "nothing of this is planned\n" }
        return answers.map { answer in
            let title = (answer.pool.map { "pool \($0): " } ?? "") + answer.resource.name
            guard let whatIf = answer.whatIf else { return "\(title)\n  \(answer.reason)\n" }
            let (now, then) = (whatIf.present, whatIf.changed)
            func amount(_ value: Double) -> String { Quantity.text(value, of: answer.resource) }
            func row(
                _ name: String, _ value: (WhatIf.Side) -> Double,
                as text: (Double) -> String = amount
            ) -> String {
                let step = value(then) - value(now)
                let sign = step < 0 ? "-" : "+"
                return "  \(TextTable.pad(name, 14, .left))\(text(value(now))) -> \(text(value(then)))"
                    + " (\(sign)\(text(step.magnitude)))\n"
            }
            let cost =
                answer.holdPrice.map { price in
                    row("cost an hour", { $0.cost * price }, as: Quantity.price)
                } ?? row("cost", \.cost)
            return "\(title), cost ratio \(Quantity.number(now.costRatio)) -> "
                + "\(Quantity.number(then.costRatio))\n"
                + row("target", \.target) + row("idle at peak", \.idle)
                + row("short at peak", \.short) + cost
        }.joined()
            + "expected over the lead, from the forecast of now; cost at the new prices"
            + (answers.contains { $0.whatIf != nil && $0.holdPrice == nil }
                ? ", as so much idle\n" : "\n")
    }

    static func json(_ answers: [Answer]) -> [UInt8] {
        var line = JSONLine()
        for answer in answers {
            line.line("what_if") { line in
                line.field("resource", answer.resource.name)
                line.field("field", answer.resource.fieldName)
                line.field("pool", answer.pool ?? EngineConfiguration().pool)
                guard let whatIf = answer.whatIf else { return line.field("reason", answer.reason) }
                for side in [false, true] {
                    line.object(side ? "changed" : "present") { line in
                        let side = side ? whatIf.changed : whatIf.present
                        line.field("cost_ratio", side.costRatio)
                        line.field("target", side.target)
                        line.field("idle", side.idle)
                        line.field("short", side.short)
                        line.field("cost", side.cost)
                        line.field("cost_per_hour", answer.holdPrice.map { side.cost * $0 } ?? .nan)
                    }
                }
            }
        }
        return line.bytes
    }
}
