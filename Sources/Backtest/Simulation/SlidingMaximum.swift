/// The largest value of the last `spanNanoseconds`, both ends included. Amortised O(1) a value.
struct SlidingMaximum: Sendable {
    let spanNanoseconds: Int64
    /// Values that may still become the maximum: falling, oldest first.
    private var candidates: [(time: Int64, value: Double)] = []
    private var first = 0

    init(spanNanoseconds: Int64) {
        self.spanNanoseconds = spanNanoseconds
    }

    /// Adds a value at a time not before the last, and returns the maximum that includes it.
    mutating func push(_ value: Double, at time: Int64) -> Double {
        while candidates.count > first && candidates[candidates.count - 1].value <= value {
            candidates.removeLast()
        }
        candidates.append((time, value))
        while time - candidates[first].time > spanNanoseconds { first += 1 }
        if first > 64 && first * 2 > candidates.count {
            candidates.removeFirst(first)
            first = 0
        }
        return candidates[first].value
    }
}
