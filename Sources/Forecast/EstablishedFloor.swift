/// The level that demand has not gone below for long: sinks with the slow level's memory, rises
/// forty times slower. When even the recent peak lies well below it, demand has moved to a
/// lower level for good: a limit change, a deploy, half the users gone.
///
/// Upward shifts need no such thing: their errors are large, and large errors are learned fast.
struct EstablishedFloor: BitwiseCopyable, Sendable {
    private var floor: Float = 0

    mutating func observe(_ sample: Sample) {
        guard !sample.isStart else {
            floor = sample.value
            return
        }
        let apart = sample.value - floor
        floor += sample.gains.slow * (apart < 0 ? apart : 0.025 * apart)
    }

    /// `noise` is the mean error of a forecast that knows the level only: what bursts have left
    /// behind when they end is no shift.
    func isLeft(byPeak peak: Float, noise: Float) -> Bool { floor - peak > noise }
}
