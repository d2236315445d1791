/// The last value plus the usual change between now and the end of the lead time.
struct SeasonalDifference: Expert {
    mutating func observe(_ sample: Sample) {}

    func center(_ sample: Sample) -> Float {
        sample.value + sample.season.ahead - sample.season.now
    }
}
