/// A way to decide how much capacity to want, fed one sample at a time and nothing later.
package protocol CapacityPolicy {
    /// What is usable when the trace begins. The first sample is known by then: by default its
    /// demand is covered and nothing more.
    func initialCapacity(firstDemand: Double) -> Double

    /// The total wanted from this sample on; `nil` asks for nothing, whatever is there.
    mutating func wanted(_ sample: PolicySample) -> Double?
}

extension CapacityPolicy {
    package func initialCapacity(firstDemand: Double) -> Double { firstDemand }
}
