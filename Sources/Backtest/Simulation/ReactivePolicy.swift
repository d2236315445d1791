/// What a horizontal autoscaler does: demand over a target use of 70 %, up at once, down to the
/// largest such figure of the last five minutes (Kubernetes' default stabilisation window).
package struct ReactivePolicy: CapacityPolicy {
    /// The share of capacity that is to be in use.
    package static let targetUse = 0.7
    package static let windowNanoseconds: Int64 = 300_000_000_000

    private var window = SlidingMaximum(spanNanoseconds: ReactivePolicy.windowNanoseconds)

    package init() {}

    package func initialCapacity(firstDemand: Double) -> Double {
        firstDemand / ReactivePolicy.targetUse
    }

    package mutating func wanted(_ sample: PolicySample) -> Double? {
        let largest = window.push(sample.demand, at: sample.timeNanoseconds)
        return largest / ReactivePolicy.targetUse
    }
}
