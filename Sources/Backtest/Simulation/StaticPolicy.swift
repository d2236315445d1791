/// The whole trace's peak, always: what hindsight and no elasticity would give.
package struct StaticPolicy: CapacityPolicy {
    private let peak: Double

    package init(series: SimulatedSeries) {
        peak = series.peak
    }

    package func initialCapacity(firstDemand: Double) -> Double { peak }

    package mutating func wanted(_ sample: PolicySample) -> Double? { peak }
}
