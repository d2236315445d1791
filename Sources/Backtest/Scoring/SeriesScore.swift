package import Aggregates

/// All policies' scores on one series at one horizon; the first policy is the forecaster.
package struct SeriesScore: Sendable {
    package let application: String
    package let resource: Resource
    package let horizonSeconds: Int64
    package internal(set) var policies: [PolicyScore]
}
