/// Counts by powers of two, summed since the start: what a window's buckets are added to.
struct Histogram: Sendable {
    /// The last has no upper edge.
    private(set) var buckets: [UInt64]
    /// Bucket 0 goes up to 2^shift nanoseconds.
    let shift: Int

    init(buckets: Int, shift: Int) {
        self.buckets = Array(repeating: 0, count: buckets)
        self.shift = shift
    }

    mutating func add(_ counts: [UInt32]) {
        for (index, count) in counts.prefix(buckets.count).enumerated() {
            buckets[index] += UInt64(count)
        }
    }
}
