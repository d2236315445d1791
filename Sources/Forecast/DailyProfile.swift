/// The usual level and the usual maximum by time of day, learned in one pass.
///
/// 48 half-hour slots. A slot is closed when the series leaves it: its mean and maximum are
/// then blended into what earlier days left there. 400 bytes; O(1) per sample.
struct DailyProfile: Sendable {
    private static let slotCount = 48
    private static let slotSeconds: Int64 = 1_800
    /// Weight of the newest day in a slot.
    private static let newestDay: Float = 0.3

    /// Negative: never filled.
    private var levels = InlineArray<48, Float>(repeating: -1)
    private var peaks = InlineArray<48, Float>(repeating: -1)
    private var openSlot = -1
    private var openCount: Float = 0
    private var openMean: Float = 0
    private var openPeak: Float = 0

    /// Learns one sample. `second` is Unix time.
    mutating func observe(second: Int64, value: Float) {
        let slot = Self.slot(second)
        if slot != openSlot {
            close()
            openSlot = slot
            openCount = 0
            openMean = 0
            openPeak = 0
        }
        openCount += 1
        openMean += (value - openMean) / openCount
        openPeak = max(openPeak, value)
    }

    /// What earlier days say about `second` and the `lead` seconds after it.
    func view(second: Int64, lead: Float) -> SeasonView {
        let now = Self.slot(second)
        let ahead = Self.slot(second + Int64(lead))
        guard levels[now] >= 0, levels[ahead] >= 0 else { return SeasonView() }
        return SeasonView(
            isAwake: true,
            now: levels[now],
            ahead: levels[ahead],
            peak: max(peaks[now], peaks[ahead])
        )
    }

    private mutating func close() {
        guard openSlot >= 0 else { return }
        if levels[openSlot] < 0 {
            levels[openSlot] = openMean
            peaks[openSlot] = openPeak
        } else {
            levels[openSlot] += Self.newestDay * (openMean - levels[openSlot])
            let sunk = peaks[openSlot] + Self.newestDay * (openPeak - peaks[openSlot])
            peaks[openSlot] = max(sunk, openPeak)
        }
    }

    private static func slot(_ second: Int64) -> Int {
        let day = Int64(slotCount) * slotSeconds
        let within = second % day
        return Int((within < 0 ? within + day : within) / slotSeconds)
    }
}
