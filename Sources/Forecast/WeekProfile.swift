/// How much busier than the usual day each three hours of the week are.
///
/// A factor on the day's usual peaks, in a byte, so that a weekly profile costs 68 bytes instead
/// of a kilobyte, and a new level does not have to be learned once for each weekday.
struct WeekProfile: BitwiseCopyable, Sendable {
    private static let slotCount = 56
    private static let slotSeconds = 10_800
    /// Weight of the newest week.
    private static let newest: Float = 0.4

    /// Binary logarithm of the factor in steps of 1/32 around 128; 0: never filled.
    private var factors = InlineArray<56, UInt8>(repeating: 0)
    /// Peaks of the day's slots that ended within the open slot, and what was usual there.
    private var seen: Float = 0
    private var usual: Float = 0
    private var slot: Int32 = -1

    init() {}

    /// A slot of the day that began at `second` is over: its peak, and what was usual before.
    mutating func add(peak: Float, usualPeak: Float, second: Int64) {
        let slot = Self.slot(second)
        if slot != Int(self.slot) {
            close()
            self.slot = Int32(slot)
        }
        guard usualPeak >= 0 else { return }
        seen += peak
        usual += usualPeak
    }

    /// The factor at `second`; `nil` before a week has passed. `mutating` in name only.
    mutating func factor(second: Int64) -> Float? {
        let byte = factors[Self.slot(second)]
        guard byte > 0 else { return nil }
        let steps = Float(byte) - 128
        // 2^x by straight lines between powers, as weights are.
        let bits = (steps * (1 / 32) + 127) * 8_388_608
        return Float(bitPattern: UInt32(bits))
    }

    private mutating func close() {
        defer { (seen, usual) = (0, 0) }
        guard slot >= 0, seen > 0, usual > 0 else { return }
        let bits = Float((seen / usual).bitPattern) * (1 / 8_388_608) - 127
        let steps = min(127, max(-127, bits * 32))
        let before = Float(factors[Int(slot)]) - 128
        let next = before > -128 ? before + Self.newest * (steps - before) : steps
        factors[Int(slot)] = UInt8(next + 128.5)
    }

    /// Weeks begin with Unix time, on a Thursday.
    private static func slot(_ second: Int64) -> Int {
        let week = slotCount * slotSeconds
        let phase = Int(second) % week
        return (phase < 0 ? phase + week : phase) / slotSeconds
    }

    /// False for what no samples lead to.
    var isSound: Bool {
        (-1..<Int32(Self.slotCount)).contains(slot) && (0...largestLevel * 1e4).contains(seen)
            && (0...largestLevel * 1e4).contains(usual)
    }
}
