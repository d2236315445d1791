/// The policies that `simulate` knows, by the name given on the command line.
package enum PolicyKind: String, CaseIterable, Sendable, Hashable {
    case headroom
    case reactive
    case vpa
    case nsigma
    case autopilot
    case `static`
    case seasonal

    /// Whose cost the others are compared with.
    package static let reference = PolicyKind.reactive

    /// What it does, for help and reports.
    package var summary: String {
        switch self {
        case .headroom: "Headroom's forecaster and planner"
        case .reactive: "demand / 0.7, up at once, down to the maximum of 5 minutes"
        case .vpa: "p95 of a decayed histogram with a half-life of 24 h, x 1.15"
        case .nsigma: "mean + 3 standard deviations over 10 h"
        case .autopilot: "p95 of a decayed histogram with a half-life of 12 h"
        case .static: "the whole trace's peak, known beforehand"
        case .seasonal: "the maximum of this and the next half hour on the days before"
        }
    }

    /// Whether it plans otherwise when a shortage costs more.
    var followsCostRatio: Bool { self == .headroom }

    /// Simulates this policy on one series.
    package func run(on series: SimulatedSeries, setup: SimulationSetup) -> SimulatedPlan {
        switch self {
        case .headroom:
            let policy = HeadroomPolicy(
                resource: series.resource,
                leadSeconds: setup.lead.medianSeconds,
                leadVaries: setup.leadVaries,
                costRatio: setup.costRatio,
                chunk: setup.chunk
            )
            return run(policy, series, setup)
        case .reactive:
            return run(ReactivePolicy(), series, setup)
        case .vpa:
            let vpa = HistogramBaseline(name: rawValue, halfLifeSeconds: 86_400, margin: 1.15)
            return run(BaselinePolicy(vpa), series, setup)
        case .nsigma:
            let nsigma = SigmaBaseline(sigmas: 3)
            return run(BaselinePolicy(nsigma), series, setup)
        case .autopilot:
            let autopilot = HistogramBaseline(name: rawValue, halfLifeSeconds: 43_200)
            return run(BaselinePolicy(autopilot), series, setup)
        case .static:
            return run(StaticPolicy(series: series), series, setup)
        case .seasonal:
            let seasonal = SeasonalMaximumBaseline()
            return run(BaselinePolicy(seasonal), series, setup)
        }
    }

    private func run<Policy: CapacityPolicy>(
        _ policy: Policy,
        _ series: SimulatedSeries,
        _ setup: SimulationSetup
    ) -> SimulatedPlan {
        Simulation.run(
            policy,
            on: series,
            lead: setup.lead,
            failures: setup.failures,
            seed: setup.seed
        )
    }
}
