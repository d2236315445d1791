internal import Glibc

/// How much of its share a workload wants, by time: repeatable, so that two runs with one seed want
/// the same.
enum DemoShape: String, CaseIterable {
    /// A day's wave: little at night, most at noon, with some noise.
    case wave
    /// Nothing but for a quarter of each day.
    case batch
    /// Bursts of five seconds at random, one slot in five.
    case bursts
    case steady
    /// Grows through the day, then drops.
    case growth

    /// Seconds of one slot of noise.
    private static let slotSeconds = 5.0

    /// - Parameters:
    ///   - time: seconds since the demo's start, not negative.
    ///   - day: seconds of a compressed day, positive.
    /// - Returns: 0...1.
    func level(at time: Double, day: Double, seed: UInt64) -> Double {
        let phase = time / day - (time / day).rounded(.down)
        let noise = Self.noise(UInt64(time / Self.slotSeconds), seed)
        switch self {
        case .wave: return min(1, max(0.02, (0.5 - 0.4 * cos(2 * .pi * phase)) * (0.9 + 0.2 * noise)))
        case .batch: return phase >= 0.6 && phase < 0.85 ? 1 : 0.01
        case .bursts: return noise < 0.2 ? 1 : 0.05
        case .steady: return 1
        case .growth: return 0.2 + 0.8 * phase
        }
    }

    /// 0..<1 by slot and seed (SplitMix64's finaliser).
    static func noise(_ slot: UInt64, _ seed: UInt64) -> Double {
        var bits = slot &* 0x9e37_79b9_7f4a_7c15 &+ seed &* 0xd1b5_4a32_d192_ed03
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        bits ^= bits >> 31
        return Double(bits >> 11) * 0x1p-53
    }
}
