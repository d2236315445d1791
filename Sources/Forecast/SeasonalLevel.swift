/// The usual level at the end of the lead time, whatever happens now.
struct SeasonalLevel: Expert {
    mutating func observe(_ sample: Sample) {}

    func center(_ sample: Sample) -> Float { sample.season.ahead }
}
