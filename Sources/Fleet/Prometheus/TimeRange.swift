/// Times at which a range query is evaluated: `start`, `start + step` … up to `end`, Unix seconds.
package struct TimeRange: Sendable, Hashable {
    package let start: Int64
    package let end: Int64
    /// Seconds; positive.
    package let step: Int64

    /// Prometheus refuses more points a series than this.
    package static let pointLimit = 11_000

    package init(start: Int64, end: Int64, step: Int64) {
        precondition(step > 0, "a step must be positive, got \(step) s")
        self.start = start
        self.end = end
        self.step = step
    }

    package var pointCount: Int { end < start ? 0 : Int((end - start) / step) + 1 }

    /// The same times in parts of at most `points` each, in order; none of an empty range.
    package func split(points: Int = pointLimit) -> [TimeRange] {
        precondition(points > 0, "a part must have a point, got \(points)")
        var parts: [TimeRange] = []
        var first = start
        while first <= end {
            let last = min(end, first + Int64(points - 1) * step)
            parts.append(TimeRange(start: first, end: first + (last - first) / step * step, step: step))
            first = parts[parts.count - 1].end + step
        }
        return parts
    }
}
