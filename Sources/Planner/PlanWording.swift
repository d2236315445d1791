/// Turns a decision's numbers into sentences.
struct PlanWording {
    private let decision: PlanDecision

    init(_ decision: PlanDecision) {
        self.decision = decision
    }

    /// The need, what was done about it, and who asks for it, in this order.
    var lines: [String] {
        if case .refused(let input) = decision.cause {
            return ["input refused: \(input.rawValue); nothing changes"]
        }
        var lines = [need + "; " + supply + "; " + action + saving]
        let plain = (decision.forecast ?? 0) - decision.scheduled
        if let optimised = decision.optimised,
            (optimised.amount - plain).magnitude > 0.01 * decision.chunk
        {
            lines.append(
                "with what was cheapest so far, \(text(optimised.amount + decision.scheduled)) are "
                    + "wanted: most of all "
                    + "\(optimised.leader) (\(percent(optimised.share)) of the weight)"
                    + (optimised.trust < 0.9 ? ", trusted by \(percent(optimised.trust)) yet" : "")
            )
        }
        // Less than a hundredth of a chunk decides nothing and reads as zero.
        if decision.correction.magnitude > 0.01 * decision.chunk && decision.forecast != nil {
            let verb = decision.correction > 0 ? "added" : "taken off"
            let amount = text(decision.correction.magnitude)
            let asked = Quantity.percentage(decision.fraction)
            lines.append("\(amount) \(verb) so that plans as executed cover \(asked) of the time")
        }
        if let lead = decision.learnedLead {
            let evidence =
                lead.grants == 0 ? "one waits for longer already" : "learned from \(lead.grants) so far"
            lines.append(
                "half of the requests are expected to take \(Quantity.seconds(lead.nanoseconds)) or "
                    + "more, not the configured \(Quantity.seconds(lead.configuredNanoseconds)): "
                    + evidence)
        }
        if decision.change != 0, (decision.requestedTotal - decision.target).magnitude > 0.01 * decision.chunk {
            lines.append("\(text(decision.target)) are wanted; so much may change within a minute")
        }
        if decision.scheduled > 0.01 * decision.chunk {
            lines.append("\(text(decision.scheduled)) of that are known of beforehand: \(known)")
        }
        if decision.isExceptional { lines.append("in a maintenance window, so nothing is learned") }
        if let ceiling = decision.ceiling {
            lines.append("its share of what there is, \(text(ceiling)), is less than the need")
        }
        if decision.isCapped {
            lines.append("the need is above the configured maximum of \(text(decision.target))")
        }
        if !decision.topContributors.isEmpty {
            let parts = decision.topContributors.prefix(3).map { application in
                let buffer = decision.buffer(for: application)
                return "\(application.name) \(text(application.quantile))"
                    + (buffer > 0 ? " (\(text(buffer)) of what is free)" : "")
            }
            let label = Quantity.percentile(decision.forecastQuantile)
            lines.append("largest on their own (\(label)): " + parts.joined(separator: ", "))
        }
        return lines
    }

    private var need: String {
        guard let forecast = decision.forecast else {
            return "no forecast yet; the pool uses \(text(decision.demand))"
        }
        let label = Quantity.percentile(decision.forecastQuantile)
        let lead = Quantity.seconds(decision.leadTimeNanoseconds)
        var need = "\(label) of the pool's peak over \(lead) is \(text(forecast))"
        if forecast < decision.demand { need += ", below the \(text(decision.demand)) in use now" }
        return need
    }

    private var supply: String {
        let ready = "\(text(decision.ready)) ready"
        return decision.pending > 0 ? ready + ", \(text(decision.pending)) pending" : ready
    }

    private var action: String {
        switch decision.cause {
        case .covered: return "nothing to request"
        case .raised: return amountOfChange + " requested"
        case .lowered(let after):
            return "the need stayed lower for \(Quantity.seconds(after)); "
                + "\(amountOfChange) released"
        case .waitingToLower(let remaining):
            let wait =
                remaining > 0 ? "for another \(Quantity.seconds(remaining))" : "at the next sample"
            return "\(text(decision.target)) would do; the rest is released if so \(wait)"
        case .notWorthAChange(let paid):
            let share = Quantity.percentage((paid * 100).rounded(.down) / 100)
            return "\(text(decision.target)) would cost less; staying put has cost "
                + "\(share) of what a change is worth"
        case .loweredToSave:
            return "holding more has cost what a change is worth; \(amountOfChange) released"
        case .tooLittleSeen(let coverage):
            let seen = Quantity.percentage(coverage)
            return "only \(seen) of the window was seen, so nothing is released"
        case .alreadyAsked(let ago):
            return "\(text(decision.target)) were asked for \(Quantity.seconds(ago)) ago "
                + "and are awaited"
        case .refusedTooOften(let inARow, let wait):
            return "\(text(decision.target)) are needed; refused \(inARow) times in a row, so the "
                + "next request is in \(Quantity.seconds(wait))"
        case .yielded:
            return "others have a right to what is above its share; \(amountOfChange) released"
        case .ramped(let wait):
            return "\(text(decision.target)) would do; no more may change within the next "
                + Quantity.seconds(wait)
        case .refused: return "nothing changes"
        }
    }

    /// Where what is scheduled comes from.
    private var known: String {
        guard let requests = decision.requests, let cost = requests.cost,
            let expected = requests.expected, expected > requests.rate
        else { return "scheduled within the lead" }
        return "\(Quantity.number(expected)) requests a second are expected within the lead, now "
            + "\(Quantity.number(requests.rate)), \(text(cost)) each"
    }

    /// What the change is worth, where that is known: in the currency of the price, else as so
    /// much that stands idle costs.
    private var saving: String {
        guard let saving = decision.saving, saving.magnitude > 0.01 * decision.chunk else { return "" }
        let what = saving > 0 ? "saving" : "extra cost"
        guard let money = decision.savingPerHour else {
            return "; expected \(what): that of \(text(saving.magnitude)) idle"
        }
        return "; expected \(what) \(Quantity.price(money.magnitude)) an hour"
    }

    /// `2 chunks of 1.5 cores` when the change is whole chunks, else the bare amount.
    private var amountOfChange: String {
        let amount = decision.change.magnitude
        let chunks = (amount / decision.chunk).rounded()
        guard chunks >= 1, chunks <= 1_000,
            (chunks * decision.chunk - amount).magnitude <= 1e-9 * amount
        else { return text(amount) }
        let noun = chunks == 1 ? "chunk" : "chunks"
        return "\(Int(chunks)) \(noun) of \(text(decision.chunk))"
    }

    private func percent(_ share: Double) -> String {
        Quantity.percentage((share * 100).rounded() / 100)
    }

    private func text(_ value: Double) -> String { Quantity.text(value, of: decision.resource) }
}
