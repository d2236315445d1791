/// A rule that says where the peak within the lead time will lie, before the spread around it.
///
/// The spread is not its business: every expert's residual quantiles are tracked by
/// `QuantileLearner`. Each horizon has its own copy. A new expert is one file, one property
/// and one line in `ExpertPanel`.
protocol Expert: Sendable {
    /// Learns one sample. O(1), no allocation.
    mutating func observe(_ sample: Sample)

    /// The expected peak after the sample just observed, in the series' unit.
    func center(_ sample: Sample) -> Float
}
