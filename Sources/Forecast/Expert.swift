/// A rule that says where the peak within the lead time will lie, before the spread around it.
///
/// The spread is not its business: every expert's residual quantiles are tracked by
/// `QuantileForecaster`. Each horizon has its own copy. A new expert is one file, one property
/// and two lines in `ExpertPanel`.
protocol Expert: BitwiseCopyable, Sendable, Equatable {
    /// Learns one sample. O(1), no allocation.
    ///
    /// `gain` is the sample's weight in this expert's memory.
    mutating func observe(_ sample: Sample, gain: Float)

    /// The expected peak after the sample just observed, in the series' unit.
    func center(_ sample: Sample) -> Float
}
