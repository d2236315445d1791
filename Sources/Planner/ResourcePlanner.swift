package import Aggregates

/// Plans one resource of one pool: turns demand and its forecast into capacity to hold.
///
/// Value type, no lock: owned by the agent's planning loop or by a simulation. Time comes in with
/// the input and nothing else does, so the same inputs give the same decisions bit for bit. A time before
/// the last one is a clock that was set back: what is measured from earlier times goes on from there (`ClockStep`). O(1)
/// time and memory a call; `plan` and `feedback` do not allocate, but once for a planner that was
/// copied (`Boxed`).
package struct ResourcePlanner: Sendable {
    package let resource: Resource
    package let configuration: ResourcePlanConfiguration
    package private(set) var accounting = PlanAccounting()

    /// Below this share of the window seen, demand may be more than it looks: nothing is released.
    package static let coverageToRelease = 0.9

    /// An excess too small for the hysteresis is given up when it lasted this many hold times:
    /// a share of the hysteresis is then enough.
    static let lastingHolds: Int64 = 6
    static let lastingShare = 0.2

    // What every round touches lies together, and what is large comes last.
    private let grid: ChunkGrid
    private var correction: ExecutionCorrection
    private var economy = ChangeEconomy()
    private var lastTimeNanoseconds = Int64.min
    private var lastExecutionNanoseconds = Int64.min
    private var asked: Ask?
    private var wasCapped = false
    /// What an earlier plan asked for had not shown by the last one.
    private var isUnanswered = false
    private var raises: RampLimit
    private var lowerings: RampLimit
    private var refusals = RefusalMemory()
    private var lead: LearnedLead
    private var optimiser: TargetOptimiser
    /// The needs of the hold time and of six of them, out of the way of what every round touches;
    /// nil without a hold time: the present need is the largest then.
    private var held: Boxed<HeldNeeds>?

    private struct HeldNeeds: Sendable {
        var recent: RecentPeak
        var lasting: RecentPeak
    }

    /// The last increase asked for, until it is seen in ready or pending capacity.
    private struct Ask: Sendable {
        var timeNanoseconds: Int64
        var total: Double
    }

    /// - Precondition: the configuration is within the ranges its members state.
    package init(resource: Resource, configuration: ResourcePlanConfiguration) {
        let ratio = configuration.costRatio
        precondition(ratio > 0 && ratio.isFinite, "cost ratio must be positive, got \(ratio)")
        let lead = configuration.leadTimeNanoseconds
        precondition(lead >= 0, "lead time must not be negative, got \(lead)")
        let hysteresis = configuration.downHysteresis
        precondition((0..<1).contains(hysteresis), "hysteresis must be in 0..<1, got \(hysteresis)")
        let hold = configuration.downHoldNanoseconds
        precondition(hold >= 0, "hold time must not be negative, got \(hold)")
        self.resource = resource
        self.configuration = configuration
        grid = ChunkGrid(
            chunk: configuration.chunk,
            minimum: configuration.minimum,
            maximum: configuration.maximum
        )
        for (what, limit) in [
            ("raise", configuration.raisePerMinute), ("lowering", configuration.lowerPerMinute),
        ] {
            precondition(
                limit.map { $0 > 0 && $0.isFinite } ?? true,
                "a \(what) a minute must be positive, got \(limit ?? 0)")
        }
        raises = RampLimit(perMinute: configuration.raisePerMinute, chunk: configuration.chunk)
        lowerings = RampLimit(perMinute: configuration.lowerPerMinute, chunk: configuration.chunk)
        self.lead = LearnedLead(configuredNanoseconds: lead)
        optimiser = TargetOptimiser(ratio: ratio, leadNanoseconds: lead)
        let (span, overflow) = hold.multipliedReportingOverflow(by: Self.lastingHolds)
        held =
            hold == 0
            ? nil
            : Boxed(
                HeldNeeds(
                    recent: RecentPeak(spanNanoseconds: hold),
                    lasting: RecentPeak(spanNanoseconds: overflow ? .max : span)))
        correction = ExecutionCorrection(
            fraction: configuration.fraction,
            leadTimeNanoseconds: lead
        )
    }

    /// The lead time that forecasts should cover now: as configured, until requests were seen to
    /// take longer or shorter.
    package var leadTimeNanoseconds: Int64 { lead.nanoseconds }

    /// Decides what to hold from now on, and what to ask for.
    ///
    /// Asks for more at once, for the part that ready and pending capacity do not cover; what was
    /// asked for and does not show is asked for again only after a lead time, or when more is
    /// needed. Present demand is covered at once. With a ladder of quantiles any other change is
    /// made once staying put has cost what a change is worth (`ChangeEconomy`), and the hysteresis
    /// and hold time that are configured hold beside that. Without one, less is asked for only
    /// when the need stayed `downHysteresis` lower for all of the last `downHold`, or a fifth of it
    /// lower for six times as long, and then for the largest need of that time.
    ///
    /// Input that is not a number or negative changes nothing but `accounting.refusedInputs`; a
    /// forecast of that kind is ignored.
    package mutating func plan(_ input: PoolDemand) -> PlanDecision {
        if let refusal = Self.refusal(of: input) {
            accounting.refusedInputs += 1
            return Self.refused(input, refusal, resource, configuration, grid, lead.nanoseconds)
        }
        let now = input.timeNanoseconds
        if let step = ClockStep(from: lastTimeNanoseconds, to: now) { clockWentBack(step) }
        lastTimeNanoseconds = now
        accounting.decisions += 1
        let forecast = usable(input.quantileForecast)
        if !input.isExceptional { correction.track(demand: input.demand, forecast: forecast) }
        let added = correction.amount
        let hasLadder = input.ladder.isDistribution
        var optimised: OptimisedTarget?
        if hasLadder, let forecast, !input.isExceptional {
            optimised = optimiser.observe(
                demand: input.demand, forecast: forecast, ladder: input.ladder, at: now)
        }
        let scheduled = input.scheduled > 0 && forecast != nil ? input.scheduled : 0
        let wanted = optimised?.amount ?? forecast
        let need = max(input.demand, wanted.map { $0 + added + scheduled } ?? 0)
        // As far as what is wanted is off the forecast, its distribution is taken to be.
        let shift = forecast.map { (wanted ?? $0) - $0 + added + scheduled } ?? added
        var target = grid.total(covering: need)
        let wholeTarget = target
        let share = grid.share(of: input.ceiling, inUse: max(input.demand, input.inUse))
        let ceiling = share.flatMap { $0 < target ? $0 : nil }
        target = min(target, ceiling ?? target)
        wasCapped = need > min(grid.maximum, ceiling ?? .infinity)

        let committed = input.ready + input.pending
        lead.observe(ready: input.ready, committed: committed, at: now)
        optimiser.leadNanoseconds = lead.nanoseconds
        let tolerance = 1e-9 * max(target, committed)
        // What was not seen may have needed all there is.
        let isSeen = input.coverage >= ResourcePlanner.coverageToRelease
        let seen = isSeen ? target : max(target, committed)
        held?.value.recent.push(seen, at: now)
        held?.value.lasting.push(seen, at: now)
        let largest = held?.value.recent.value ?? seen
        let isHoldOver = held?.value.recent.isFull(at: now) ?? true
        if let ask = asked, committed >= min(ask.total, target) - tolerance { asked = nil }
        isUnanswered = asked != nil

        let lowMark = committed * (1 - configuration.downHysteresis)
        var paid = Double.infinity
        var presentCost = Double.nan
        if hasLadder {
            let isRaise = target > committed
            let best = isRaise ? target : min(committed, largest)
            let ratio = configuration.costRatio
            presentCost = input.ladder.expectedCost(of: committed, shift: shift, ratio: ratio)
            economy.observe(
                best: input.ladder.expectedCost(of: best, shift: shift, ratio: ratio),
                present: presentCost,
                at: now
            )
            let price = economy.price(isRaise: isRaise)
            paid = price > 0 ? economy.paid / price : economy.paid > 0 ? .infinity : 0
        }
        // Present demand is covered whatever that costs.
        let least = min(target, grid.total(covering: input.demand))
        let isDue = paid >= 1 || least > committed + tolerance
        var change = 0.0
        var cause: PlanCause
        if let share, committed > share + tolerance {
            asked = nil
            change = share - committed
            cause = .yielded
        } else if target > committed + tolerance, !isDue {
            cause = .notWorthAChange(paid: paid)
        } else if target > committed + tolerance {
            if let ask = asked, target <= ask.total + tolerance, !Self.isStale(ask, now: now, lead: lead.nanoseconds) {
                cause = .alreadyAsked(agoNanoseconds: now - ask.timeNanoseconds)
            } else if let wait = refusals.pause(at: now) {
                cause = .refusedTooOften(inARow: refusals.inARow, waitNanoseconds: wait)
            } else {
                let most = committed + raises.allowance(at: now)
                let total = target <= most + tolerance ? target : grid.floor(most)
                if total > committed + tolerance {
                    asked = Ask(timeNanoseconds: now, total: total)
                    lead.asked(total: total, at: now)
                    change = total - committed
                    raises.take(change, at: now)
                    cause = .raised
                } else {
                    cause = .ramped(waitNanoseconds: raises.wait(at: now))
                }
            }
        } else if hasLadder, isSeen, committed - target > tolerance {
            if isHoldOver, largest <= min(lowMark, committed - tolerance) {
                if paid >= 1 {
                    asked = nil
                    target = largest
                    change = target - committed
                    cause = .loweredToSave
                } else {
                    cause = .notWorthAChange(paid: paid)
                }
            } else if target > lowMark {
                cause = .covered
            } else {
                let remaining = held?.value.recent.waitUntilBelow(lowMark, at: now) ?? 0
                cause = .waitingToLower(remainingNanoseconds: max(0, remaining))
            }
        } else if isSeen,
            let lasting = lastingNeed(below: committed, at: now)
        {
            asked = nil
            target = lasting.need
            change = target - committed
            cause = .lowered(afterNanoseconds: lasting.spanNanoseconds)
        } else if target > lowMark || committed - target <= tolerance {
            cause = .covered
        } else if !isSeen {
            cause = .tooLittleSeen(coverage: input.coverage)
        } else if isHoldOver && largest <= lowMark {
            target = largest
            change = target - committed
            cause = .lowered(afterNanoseconds: configuration.downHoldNanoseconds)
        } else {
            let remaining = held?.value.recent.waitUntilBelow(lowMark, at: now) ?? 0
            cause = .waitingToLower(remainingNanoseconds: max(0, remaining))
        }
        if change < 0, cause != .yielded {
            let least = committed - lowerings.allowance(at: now)
            let total = target >= least - tolerance ? target : grid.ceiling(least)
            change = min(0, total - committed)
            if change >= -tolerance {
                change = 0
                cause = .ramped(waitNanoseconds: lowerings.wait(at: now))
            }
            lowerings.take(-change, at: now)
        }
        var saving: Double?
        if change != 0 {
            economy.reset()
            let cost =
                input.ladder.isDistribution
                ? input.ladder.expectedCost(
                    of: committed + change, shift: shift, ratio: configuration.costRatio) : .nan
            saving = (presentCost - cost).isFinite ? presentCost - cost : nil
        }
        if change < 0 { lead.released(to: committed + change) }
        count(change)
        return PlanDecision(
            resource: resource,
            timeNanoseconds: now,
            demand: input.demand,
            forecast: forecast.map { $0 + scheduled },
            optimised: optimised,
            correction: added,
            shift: forecast == nil ? 0 : shift,
            fraction: configuration.fraction,
            forecastQuantile: configuration.forecastQuantile,
            target: target,
            wanted: wholeTarget,
            ready: input.ready + max(0, input.surplus),
            pending: input.pending,
            change: change,
            saving: saving,
            holdPrice: configuration.holdPrice,
            cause: cause,
            isCapped: need > grid.maximum,
            ceiling: ceiling,
            isExceptional: input.isExceptional,
            scheduled: scheduled,
            requests: input.requests,
            chunk: grid.chunk,
            leadTimeNanoseconds: input.horizonNanoseconds ?? lead.nanoseconds,
            learnedLead: lead.nanoseconds == lead.configuredNanoseconds
                ? nil : LearnedLeadFigures(lead),
            topContributors: input.topContributors,
            contributorNeed: input.contributorNeed
        )
    }

    /// The provider's answer to a request for more, at the time of the request: whether anything
    /// was given. After ten refusals in a row asking becomes rare (`RefusalMemory`).
    package mutating func answered(isRefused: Bool, at timeNanoseconds: Int64) {
        if isRefused {
            // Of a request from before the clock was set back it is an answer of now.
            let last = lastTimeNanoseconds == .min ? .max : lastTimeNanoseconds
            refusals.refused(at: min(timeNanoseconds, last), leadTimeNanoseconds: lead.nanoseconds)
        } else {
            refusals.granted()
        }
    }

    /// Another provider is asked from now on: it owes no answer to what was asked, and has refused nothing.
    package mutating func providerChanged() {
        asked = nil
        refusals = RefusalMemory()
        // How long that takes which was on its way is not known of the other.
        lead.released(to: 0)
    }

    /// Takes in what became of the plan over one interval: accounts for it and learns from it.
    ///
    /// An interval that is not usable (not finite, negative, empty, or told already) is
    /// counted in `accounting.refusedInputs` and nothing else. Nothing is learnt while the need is
    /// above the configured maximum or a request was not answered with capacity: such shortages
    /// say nothing about the forecast.
    package mutating func feedback(_ execution: PlanExecution) {
        guard ResourcePlanner.isAmount(execution.demand),
            ResourcePlanner.isAmount(execution.available),
            execution.durationNanoseconds > 0,
            execution.timeNanoseconds != lastExecutionNanoseconds
        else {
            accounting.refusedInputs += 1
            return
        }
        lastExecutionNanoseconds = execution.timeNanoseconds
        let seconds = Double(execution.durationNanoseconds) / 1e9
        let missing = execution.demand - execution.available
        accounting.observedSeconds += seconds
        if missing > 0 {
            accounting.shortageUnitSeconds += missing * seconds
            accounting.shortageSeconds += seconds
        } else {
            accounting.heldUnitSeconds -= missing * seconds
        }
        guard !wasCapped && !isUnanswered else { return }
        correction.learn(missed: missing > 0, durationNanoseconds: execution.durationNanoseconds)
    }

    /// What was learned, for `restore`: about 200 words. Capacity, requests and what changes are
    /// worth are not in it: a later run finds what there is, and begins with what it needs.
    package var learned: [UInt64] {
        var words = LearnedWords()
        var copy = self
        copy.pass(&words)
        return words.words
    }

    /// Goes on with what a planner of the same cost ratio, lead and quantiles learned.
    /// - Returns: whether it was possible; else nothing changes.
    package mutating func restore(_ learned: [UInt64]) -> Bool {
        var words = LearnedWords(learned)
        var copy = self
        copy.pass(&words)
        guard words.isWholeAndSound else { return false }
        self = copy
        return true
    }

    private mutating func pass(_ words: inout LearnedWords) {
        lead.pass(&words)
        correction.pass(&words)
        optimiser.pass(&words)
        optimiser.leadNanoseconds = lead.nanoseconds
    }

    /// The largest need of six hold times, where that is lower than what is there by a share of the
    /// hysteresis. Mutating, so that it is not given a copy of the planner.
    private mutating func lastingNeed(
        below committed: Double, at now: Int64
    ) -> (need: Double, spanNanoseconds: Int64)? {
        let share = configuration.downHysteresis * Self.lastingShare
        guard share > 0, let held, held.value.lasting.isFull(at: now) else { return nil }
        let need = held.value.lasting.value
        guard need <= committed * (1 - share) else { return nil }
        return (need, held.value.lasting.spanNanoseconds)
    }

    /// Whatever waits for a time to come does not wait until the clock is there again.
    private mutating func clockWentBack(_ step: ClockStep) {
        accounting.clockSteps += 1
        if let ask = asked { asked = Ask(timeNanoseconds: step.moved(ask.timeNanoseconds), total: ask.total) }
        raises.clockWentBack(step)
        lowerings.clockWentBack(step)
        refusals.clockWentBack(step)
        lead.clockWentBack(step)
        optimiser.clockWentBack(step)
    }

    private mutating func count(_ change: Double) {
        guard change != 0 else { return }
        accounting.requests += 1
        if change > 0 { accounting.ups += 1 } else { accounting.downs += 1 }
    }

    /// A forecast that is not usable is counted and treated as none.
    private mutating func usable(_ forecast: Double?) -> Double? {
        guard let forecast else { return nil }
        guard ResourcePlanner.isAmount(forecast) else {
            accounting.refusedInputs += 1
            return nil
        }
        return forecast
    }

    private static func isStale(_ ask: Ask, now: Int64, lead: Int64) -> Bool {
        let (elapsed, overflow) = now.subtractingReportingOverflow(ask.timeNanoseconds)
        return overflow || elapsed >= max(lead, 1)
    }

    // The ones below are static: a method that only reads would be given a copy of the planner, 6 KB.

    private static func refusal(of input: PoolDemand) -> RefusedInput? {
        if !ResourcePlanner.isAmount(input.demand) { return .demand }
        if !ResourcePlanner.isAmount(input.ready) || !ResourcePlanner.isAmount(input.pending) {
            return .capacity
        }
        return (0...1).contains(input.coverage) ? nil : .coverage
    }

    /// Leaves everything as it is, and says why.
    private static func refused(
        _ input: PoolDemand, _ refusal: RefusedInput, _ resource: Resource,
        _ configuration: ResourcePlanConfiguration, _ grid: ChunkGrid, _ leadNanoseconds: Int64
    ) -> PlanDecision {
        let ready = ResourcePlanner.isAmount(input.ready) ? input.ready : 0
        let pending = ResourcePlanner.isAmount(input.pending) ? input.pending : 0
        return PlanDecision(
            resource: resource,
            timeNanoseconds: input.timeNanoseconds,
            demand: ResourcePlanner.isAmount(input.demand) ? input.demand : 0,
            forecast: nil,
            optimised: nil,
            correction: 0,
            shift: 0,
            fraction: configuration.fraction,
            forecastQuantile: configuration.forecastQuantile,
            target: ready + pending,
            wanted: ready + pending,
            ready: ready,
            pending: pending,
            change: 0,
            saving: nil,
            holdPrice: nil,
            cause: .refused(refusal),
            isCapped: false,
            ceiling: nil,
            isExceptional: input.isExceptional,
            scheduled: 0,
            requests: nil,
            chunk: grid.chunk,
            leadTimeNanoseconds: input.horizonNanoseconds ?? leadNanoseconds,
            learnedLead: nil,
            topContributors: [],
            contributorNeed: 0
        )
    }

    /// Finite, not negative, and far enough from overflow that sums and products stay finite.
    private static func isAmount(_ value: Double) -> Bool { value >= 0 && value <= 1e150 }
}
