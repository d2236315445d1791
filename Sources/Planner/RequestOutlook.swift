/// What is known of a pool's requests; for the reasons only.
package struct RequestOutlook: Sendable, Hashable {
    /// Requests a second now.
    package let rate: Double
    /// The highest rate expected within the lead; nil when nobody says.
    package let expected: Double?
    /// What one request a second uses, in the resource's unit; nil until that is learned.
    package let cost: Double?

    package init(rate: Double, expected: Double?, cost: Double?) {
        self.rate = rate
        self.expected = expected
        self.cost = cost
    }
}
