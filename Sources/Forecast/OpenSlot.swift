/// The slot of a season that samples fall into now.
struct OpenSlot: BitwiseCopyable, Sendable {
    /// The first second of the next slot; `Int64.min` before the first sample.
    private(set) var endSecond = Int64.min
    private(set) var slot: Int32 = 0
    private var count: Float = 0
    private var sum: Float = 0
    private(set) var peak: Float = 0

    init() {}

    init(slot: Int, endSecond: Int64) {
        self.slot = Int32(slot)
        self.endSecond = endSecond
    }

    /// Mean of the samples so far; there is at least one.
    var mean: Float { sum / count }

    mutating func add(_ value: Float) {
        count += 1
        sum += value
        peak = max(peak, value)
    }
}
