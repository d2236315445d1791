/// The decayed maximum of the slots within the lead time.
struct SeasonalPeak: SeasonalExpert {
    func center(_ sample: Sample, _ season: SeasonView) -> Float { season.peak }
}
