/// The usual level and the usual maximum by phase of a period, learned in one pass.
///
/// A slot is closed when the series leaves it: its mean and maximum are then blended into what
/// earlier periods left there. Three bytes a slot: the maximum, and the level as a share of it,
/// in steps of 0.4 % of it. Observing is O(1) and stays in the `OpenSlot`
/// until the slot is over; viewing is O(slots of the lead time). The period is
/// `slotCount * slotSeconds`, in phase with Unix time.
struct SeasonProfile<let slotCount: Int, let slotSeconds: Int>: BitwiseCopyable, Sendable {
    /// Weight of the newest period in a slot. Anything in 0.12...0.45 scored alike.
    private static var newest: Float { 0.17 }

    /// Negative: never filled.
    private var peaks = InlineArray<slotCount, HalfFloat>(repeating: HalfFloat(-1))
    /// Levels over peaks, in units of 1/255.
    private var shares = InlineArray<slotCount, UInt8>(repeating: 0)

    init() {}

    /// Closes the open slot, if there is one, and opens that of `second`, Unix time.
    mutating func turn(_ open: inout OpenSlot, second: Int64) {
        if open.endSecond != .min { close(open) }
        let phase = Self.phase(second)
        let slot = phase / slotSeconds
        open = OpenSlot(
            slot: slot,
            endSecond: second &+ Int64((slot + 1) * slotSeconds - phase)
        )
    }

    /// What earlier periods say about `second` and the `lead` seconds after it. `step` is the
    /// typical interval: with a longer one than a slot, some slots are never filled.
    ///
    /// The answer holds until `validUntil`, which is lowered to the second at which the slot of
    /// now or of the end of the lead time changes: a series sampled each second need not ask
    /// more than once or twice a minute.
    ///
    /// `mutating` in name only: a receiver that is borrowed would be copied for the call.
    mutating func view(
        second: Int64,
        lead: Float,
        step: Float,
        validUntil: inout Int64
    ) -> SeasonView {
        var view = SeasonView()
        let reach = 1 + min(slotCount / 4, Int(step) / slotSeconds)
        let period = slotCount * slotSeconds
        let length = Int(min(lead, Float(period)))
        let start = Self.phase(second)
        // Not reduced to the period: at most two periods.
        let finish = start + length
        let slot = start / slotSeconds
        let slots = finish / slotSeconds - slot
        if step < Float(slotSeconds) {
            let left = min(
                (slot + 1) * slotSeconds - start,
                (slot + slots + 1) * slotSeconds - finish
            )
            validUntil = min(validUntil, second &+ Int64(left))
        } else {
            validUntil = second
        }
        let last = (slot + slots) % slotCount
        guard let now = filled(slot, reach), let ahead = filled(last, reach) else { return view }
        view.now = level(now)
        view.ahead = level(ahead)
        var peak = peaks[now]
        let end = slot + slots % slotCount
        for slot in slot..<min(end + 1, slotCount) { peak = .larger(peak, peaks[slot]) }
        for slot in 0..<max(0, end + 1 - slotCount) { peak = .larger(peak, peaks[slot]) }
        view.peak = peak.value
        return view
    }

    /// The nearest filled slot at or up to `reach` slots before `slot`.
    private mutating func filled(_ slot: Int, _ reach: Int) -> Int? {
        var candidate = slot
        for _ in 0..<reach {
            if !peaks[candidate].isNegative { return candidate }
            candidate = candidate == 0 ? slotCount - 1 : candidate - 1
        }
        return nil
    }

    private mutating func close(_ open: OpenSlot) {
        let slot = Int(open.slot)
        let before = peaks[slot].value
        guard before >= 0 else { return fill(slot, level: open.mean, peak: open.peak) }
        let level = level(slot)
        fill(
            slot,
            level: level + Self.newest * (open.mean - level),
            peak: max(open.peak, before + Self.newest * (open.peak - before))
        )
    }

    /// Usual maximum of a slot; negative if it was never filled. `mutating` in name only, as
    /// `view`.
    mutating func peak(slot: Int) -> Float { peaks[slot].value }

    private mutating func fill(_ slot: Int, level: Float, peak: Float) {
        peaks[slot] = HalfFloat(peak)
        let share = peak > 0 ? min(1, max(0, level / peak)) : 0
        shares[slot] = UInt8(share * 255 + 0.5)
    }

    /// Usual level of a filled slot. `mutating` in name only, as `view`.
    private mutating func level(_ slot: Int) -> Float {
        peaks[slot].value * (Float(shares[slot]) * (1 / 255))
    }

    /// Seconds since the period began.
    private static func phase(_ second: Int64) -> Int {
        let period = slotCount * slotSeconds
        let phase = Int(second) % period
        return phase < 0 ? phase + period : phase
    }

    /// False for what no samples lead to. `mutating` in name only, as `view`.
    mutating func isSound() -> Bool {
        for slot in peaks.indices where !(peaks[slot].value.magnitude <= largestLevel) { return false }
        return true
    }
}
