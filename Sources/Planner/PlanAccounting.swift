/// What a planner did and what came of it, since it was made. Counters only grow.
package struct PlanAccounting: Sendable, Hashable {
    /// Demand that found no capacity: the sum of `(demand − available)⁺ × seconds`.
    package internal(set) var shortageUnitSeconds = 0.0
    /// Time in which demand was above capacity.
    package internal(set) var shortageSeconds = 0.0
    /// Capacity that stood idle: the sum of `(available − demand)⁺ × seconds`.
    package internal(set) var heldUnitSeconds = 0.0
    /// Time over which the figures above were taken.
    package internal(set) var observedSeconds = 0.0
    /// Calls of `plan` with usable input.
    package internal(set) var decisions: UInt64 = 0
    /// Decisions that asked for a change: always `ups + downs`.
    package internal(set) var requests: UInt64 = 0
    package internal(set) var ups: UInt64 = 0
    package internal(set) var downs: UInt64 = 0
    /// Demands, forecasts and executions refused because they were not finite, negative, or, of
    /// executions, told already.
    package internal(set) var refusedInputs: UInt64 = 0
    /// Times that the clock was set back between two decisions.
    package internal(set) var clockSteps: UInt64 = 0

    package init() {}

    /// Cost in held unit-seconds: idle capacity at 1, shortage at `ratio`.
    package func cost(ratio: Double) -> Double {
        heldUnitSeconds + ratio * shortageUnitSeconds
    }
}
