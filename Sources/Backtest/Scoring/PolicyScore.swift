/// One policy's score at one horizon: a sum for each quantile asked for.
package struct PolicyScore: Sendable, Hashable {
    package let policy: String
    package internal(set) var quantiles: [QuantileScore]

    package init(policy: String, quantileCount: Int) {
        self.policy = policy
        quantiles = [QuantileScore](repeating: QuantileScore(), count: quantileCount)
    }
}
