/// The last value plus the usual change between now and the end of the lead time.
struct SeasonalDifference: SeasonalExpert {
    func center(_ sample: Sample, _ season: SeasonView) -> Float {
        max(0, sample.value + season.ahead - season.now)
    }
}
