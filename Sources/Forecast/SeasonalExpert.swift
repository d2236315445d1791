/// A rule that reads a season instead of keeping a state of its own. It sleeps until that
/// season has been seen once.
protocol SeasonalExpert: Sendable {
    /// The expected peak after the sample just observed, in the series' unit.
    func center(_ sample: Sample, _ season: SeasonView) -> Float
}
