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

    /// Simulates this policy on one series.
    package func run(on series: SimulatedSeries, setup: SimulationSetup) -> [PlanRow] {
        let lead = setup.leadSeconds
        switch self {
        case .headroom:
            let policy = HeadroomPolicy(
                resource: series.resource,
                leadSeconds: lead,
                stepSeconds: series.stepSeconds,
                costRatio: setup.costRatio,
                chunk: setup.chunk
            )
            return Simulation.run(policy, on: series, leadSeconds: lead)
        case .reactive:
            return Simulation.run(ReactivePolicy(), on: series, leadSeconds: lead)
        case .vpa:
            let vpa = HistogramBaseline(name: rawValue, halfLifeSeconds: 86_400, margin: 1.15)
            return Simulation.run(BaselinePolicy(vpa), on: series, leadSeconds: lead)
        case .nsigma:
            let nsigma = SigmaBaseline(sigmas: 3)
            return Simulation.run(BaselinePolicy(nsigma), on: series, leadSeconds: lead)
        case .autopilot:
            let autopilot = HistogramBaseline(name: rawValue, halfLifeSeconds: 43_200)
            return Simulation.run(BaselinePolicy(autopilot), on: series, leadSeconds: lead)
        case .static:
            return Simulation.run(StaticPolicy(series: series), on: series, leadSeconds: lead)
        case .seasonal:
            let seasonal = SeasonalMaximumBaseline()
            return Simulation.run(BaselinePolicy(seasonal), on: series, leadSeconds: lead)
        }
    }
}
