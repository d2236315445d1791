/// The usual maximum, or the present value where that is higher already.
struct SeasonalOrPresentPeak: SeasonalExpert {
    func center(_ sample: Sample, _ season: SeasonView) -> Float { max(season.peak, sample.value) }
}
