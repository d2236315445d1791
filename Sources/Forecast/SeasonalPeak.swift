/// The decayed maximum of this time of day.
struct SeasonalPeak: Expert {
    mutating func observe(_ sample: Sample) {}

    func center(_ sample: Sample) -> Float { sample.season.peak }
}
