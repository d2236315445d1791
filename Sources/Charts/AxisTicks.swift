/// Round places for the marks of an axis, so that values between them can be read off.
package enum AxisTicks {
    /// Multiples of 1, 2 or 5 times a power of ten, from 0 to `limit`: four to nine of them.
    ///
    /// - Parameter unit: 1 024 where amounts are told in KiB, MiB and so on: steps are round in the unit that the limit is
    ///   told in. 1 000 otherwise.
    /// - Returns: `[0]` for a limit that is next to nothing or not finite.
    package static func values(upTo limit: Double, unit: Double = 1_000) -> [Double] {
        // A quarter of the least number there is would be none, and no power of ten is below that.
        guard limit >= 1e-300, limit.isFinite else { return [0] }
        var scale = 1.0
        while limit / scale >= unit { scale *= unit }
        let rough = limit / scale / 4
        var power = 1.0
        while power > rough { power /= 10 }
        while power * 10 <= rough { power *= 10 }
        let step = (rough >= 5 * power ? 5 : rough >= 2 * power ? 2 : 1) * power * scale
        return (0...Int(limit / step * (1 + 1e-12))).map { Double($0) * step }
    }

    /// Seconds between marks, each a divisor of the next longer span that people count in.
    private static let spans: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        1_209_600, 2_419_200, 7_257_600, 29_030_400,
    ]

    /// Full minutes, hours or days in `first...last`, both Unix seconds: at most `count` of them and the step between.
    ///
    /// - Parameter offset: seconds that local time is ahead of UTC, so that days begin at midnight.
    package static func times(
        from first: Int64, to last: Int64, atMost count: Int = 8, offset: Int64 = 0
    ) -> (times: [Int64], step: Int64) {
        guard last >= first, count > 0 else { return ([], 1) }
        for step in spans {
            let begin = ((first + offset) / step + ((first + offset) % step > 0 ? 1 : 0)) * step - offset
            let fits = begin > last ? 0 : (last - begin) / step + 1
            if fits <= Int64(count) { return ((0..<fits).map { begin + $0 * step }, step) }
        }
        return ([first], last - first + 1)
    }
}
