internal import Aggregates
internal import Capacity
package import Connect
internal import NIOHTTP1
internal import Planner
internal import Synchronization

/// What the rounds came to, as pages: metrics, and whether all is well. Any thread.
package final class FleetStatus: Sendable {
    private struct State {
        var rounds: UInt64 = 0
        var holds: [String: UInt64] = [:]
        /// Of containers: empty where nothing is done about them.
        var containerHolds: [String: UInt64] = [:]
        var answers: [String: UInt64] = [:]
        var plans: [String: FleetPlan] = [:]
        var last: RoundReport?
        var lastEnded: ContinuousClock.Instant?
        /// When something was last learned.
        var lastLearned: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let patience: Duration
    private let others: @Sendable (inout MetricText) -> Void

    /// - Parameters:
    ///   - interval: between rounds.
    ///   - others: adds the metrics of what is beside the planner.
    package init(interval: Duration, others: @escaping @Sendable (inout MetricText) -> Void = { _ in }) {
        patience = max(interval * 4, .seconds(60))
        self.others = others
        state.withLock { state in
            for reason in Self.reasons(but: .autoscalersUnknown) { state.holds[reason] = 0 }
            for outcome in ["granted", "partial", "denied", "pending"] { state.answers[outcome] = 0 }
        }
    }

    package func note(_ report: RoundReport, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.rounds += 1
            for hold in report.holds { state.holds[hold.reason.rawValue, default: 0] += 1 }
            if let containers = report.containers {
                for reason in Self.reasons(but: .capacityUnknown) { state.containerHolds[reason, default: 0] += 0 }
                for hold in containers.holds { state.containerHolds[hold.reason.rawValue, default: 0] += 1 }
            }
            for answer in report.answers { state.answers[Self.name(answer.outcome), default: 0] += 1 }
            // Who does not decide has no plans: another's are not its own old ones.
            if !report.isActive { state.plans = [:] }
            for plan in report.plans { state.plans["\(plan.pool)\u{0}\(plan.decision.resource.name)"] = plan }
            state.last = report
            state.lastEnded = now
            if report.series > 0 { state.lastLearned = now }
        }
    }

    /// All that a plan, or a container, may be held for.
    private static func reasons(but other: RoundReport.HoldReason) -> [String] {
        RoundReport.HoldReason.allCases.filter { $0 != other }.map(\.rawValue)
    }

    // MARK: Pages

    package func page(_ path: String, at now: ContinuousClock.Instant = .now) -> Page {
        switch path {
        case "/metrics": .metrics(metrics)
        case "/healthz": health(\.lastEnded, "no round has ended", at: now)
        default: health(\.lastLearned, "nothing was learned", at: now)
        }
    }

    private func health(
        _ time: KeyPath<State, ContinuousClock.Instant?>, _ trouble: String, at now: ContinuousClock.Instant
    ) -> Page {
        guard let last = state.withLock({ $0[keyPath: time] }), last.duration(to: now) <= patience else {
            return .line(.serviceUnavailable, "\(trouble) for \(patience)")
        }
        return .well
    }

    private var metrics: MetricText {
        var text = MetricText()
        state.withLock { state in
            text.add("headroom_fleet_rounds_total", .counter, "Rounds that ended.", Double(state.rounds))
            text.add(
                "headroom_fleet_holds_total", "Rounds in which a resource's plan was left as it is, by reason.", by: "reason", state.holds)
            if !state.containerHolds.isEmpty {
                text.add(
                    "headroom_fleet_container_holds_total", "Rounds in which containers were left as they are, by reason.", by: "reason",
                    state.containerHolds)
            }
            text.add("headroom_fleet_answers_total", "What became of requests, by outcome.", by: "outcome", state.answers)
            guard let last = state.last else { return }
            text.add("headroom_fleet_active", .gauge, "Whether this is the planner that decides.", last.isActive ? 1 : 0)
            text.add("headroom_fleet_round_seconds", .gauge, "How long the last round took.", last.took / .seconds(1))
            text.add("headroom_fleet_series", .gauge, "Series read in the last round.", Double(last.series))
            text.add("headroom_fleet_applications", .gauge, "Applications that are there.", Double(last.applications))
            text.add(
                "headroom_fleet_left_out_total", "Samples that were not used, by reason.", by: "reason",
                [
                    "unusable": last.counts.unusable, "unnamed": last.counts.unnamed,
                    "histogram": last.counts.histograms, "held": last.counts.held,
                ])
            text.add("headroom_fleet_applications_outside_pools", .gauge, "Applications in no pool.", Double(last.counts.outsidePools))
            text.add(
                "headroom_fleet_applications_beyond_limit", .gauge, "Applications without a forecast of their own.",
                Double(last.counts.beyondLimit))
            Self.add(Array(state.plans.values), to: &text)
        }
        others(&text)
        return text
    }

    private static func add(_ plans: [FleetPlan], to text: inout MetricText) {
        let sorted = plans.sorted { ($0.pool, $0.decision.resource.name) < ($1.pool, $1.decision.resource.name) }
        func gauge(_ name: String, _ help: String, _ value: (FleetPlan) -> Double?) {
            text.add(
                "headroom_fleet_pool_\(name)", .gauge, help,
                sorted.compactMap { plan in
                    value(plan).map {
                        ([(name: "pool", value: plan.pool), (name: "resource", value: plan.decision.resource.name)], $0)
                    }
                })
        }
        gauge("demand", "In use, in the resource's unit.") { $0.decision.demand }
        gauge("target", "Wanted.") { $0.decision.target }
        gauge("ready", "There.") { $0.decision.ready }
        gauge("pending", "On the way.") { $0.decision.pending }
        gauge("coverage_ratio", "Share of matured forecasts that held.") { $0.coverage }
    }

    private static func name(_ outcome: CapacityOutcome) -> String {
        switch outcome {
        case .granted: "granted"
        case .partial: "partial"
        case .denied: "denied"
        case .pending: "pending"
        }
    }
}
