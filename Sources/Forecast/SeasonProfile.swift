/// The usual level and the usual maximum by phase of a period, learned in one pass.
///
/// A slot is closed when the series leaves it: its mean and maximum are then blended into what
/// earlier periods left there. Four bytes a slot. Observing is O(1), viewing O(slots of the
/// lead time).
struct SeasonProfile<let slotCount: Int>: Sendable {
    /// Weight of the newest period in a slot. Anything in 0.12...0.45 scored alike.
    private static var newest: Float { 0.25 }

    private let slotSeconds: Int64
    /// Negative: never filled.
    private var levels = InlineArray<slotCount, HalfFloat>(repeating: HalfFloat(-1))
    private var peaks = InlineArray<slotCount, HalfFloat>(repeating: HalfFloat(-1))
    private var openSlot = -1
    private var openCount: Float = 0
    private var openMean: Float = 0
    private var openPeak: Float = 0

    /// The period is `slotCount * slotSeconds`, in phase with Unix time.
    init(slotSeconds: Int64) { self.slotSeconds = slotSeconds }

    /// Learns one sample. `second` is Unix time.
    mutating func observe(second: Int64, value: Float) {
        let slot = self.slot(second)
        if slot != openSlot {
            if openSlot >= 0 { close() }
            openSlot = slot
            openCount = 0
            openMean = 0
            openPeak = 0
        }
        openCount += 1
        openMean += (value - openMean) / openCount
        openPeak = max(openPeak, value)
    }

    /// What earlier periods say about `second` and the `lead` seconds after it. `step` is the
    /// typical interval: with a longer one than a slot, some slots are never filled.
    func view(second: Int64, lead: Float, step: Float) -> SeasonView {
        let reach = 1 + min(slotCount / 4, Int(step) / Int(slotSeconds))
        let length = min(lead, Float(Int64(slotCount) * slotSeconds))
        let last = slot(second + Int64(length))
        guard let now = filled(slot(second), reach), let ahead = filled(last, reach) else {
            return SeasonView()
        }
        var slot = self.slot(second)
        var peak = peaks[now].value
        while slot != last {
            slot = slot + 1 == slotCount ? 0 : slot + 1
            peak = max(peak, peaks[slot].value)
        }
        return SeasonView(
            isAwake: true,
            now: levels[now].value,
            ahead: levels[ahead].value,
            peak: peak
        )
    }

    /// The nearest filled slot at or up to `reach` slots before `slot`.
    private func filled(_ slot: Int, _ reach: Int) -> Int? {
        var candidate = slot
        for _ in 0..<reach {
            if levels[candidate].value >= 0 { return candidate }
            candidate = candidate == 0 ? slotCount - 1 : candidate - 1
        }
        return nil
    }

    private mutating func close() {
        let level = levels[openSlot].value
        guard level >= 0 else {
            levels[openSlot] = HalfFloat(openMean)
            peaks[openSlot] = HalfFloat(openPeak)
            return
        }
        let peak = peaks[openSlot].value
        levels[openSlot] = HalfFloat(level + Self.newest * (openMean - level))
        peaks[openSlot] = HalfFloat(max(openPeak, peak + Self.newest * (openPeak - peak)))
    }

    private func slot(_ second: Int64) -> Int {
        let period = Int64(slotCount) * slotSeconds
        let phase = second % period
        return Int((phase < 0 ? phase + period : phase) / slotSeconds)
    }
}
