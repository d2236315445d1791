import Agent
import Aggregates
import Capacity
import Planner

/// Keeps everything that the engine tells.
struct CapturingSink: EngineSink {
    private(set) var windows: [(subject: WindowSubject, window: Window)] = []
    private(set) var forecasts: [IssuedForecast] = []
    private(set) var plans: [(decision: PlanDecision, pool: PoolReport)] = []
    private(set) var requests: [(request: CapacityRequest, outcome: CapacityOutcome)] = []
    private(set) var events: [EngineEvent] = []
    private(set) var losses: [(cause: LossCause, total: UInt64)] = []

    mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        windows.append((cgroup, window))
    }
    mutating func forecast(_ forecast: IssuedForecast) { forecasts.append(forecast) }
    mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {
        plans.append((decision, pool))
    }
    mutating func request(
        _ request: CapacityRequest,
        _ outcome: CapacityOutcome,
        provider: String
    ) {
        requests.append((request, outcome))
    }
    mutating func event(_ event: EngineEvent) { events.append(event) }
    mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {
        losses.append((cause, total))
    }
}
