/// The usual level at the end of the lead time, whatever happens now.
struct SeasonalLevel: SeasonalExpert {
    func center(_ sample: Sample, _ season: SeasonView) -> Float { season.ahead }
}
