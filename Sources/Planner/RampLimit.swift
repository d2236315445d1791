/// How much capacity may change within a minute.
///
/// Counted in minutes that begin with their first change. A chunk larger than the limit is let
/// through whole, and its minute lasts as much longer. Value type; O(1).
struct RampLimit: Sendable {
    /// In the resource's unit; positive; nil: no limit.
    private let perMinute: Double?
    private let most: Double
    private let spanNanoseconds: Int64
    private var used = 0.0
    private var startNanoseconds = Int64.min

    init(perMinute: Double?, chunk: Double) {
        self.perMinute = perMinute
        most = max(perMinute ?? 0, chunk)
        let minutes = max(1, chunk / (perMinute ?? chunk))
        spanNanoseconds = Int64(min(minutes, 1e6) * 60e9)
    }

    /// What may still be changed at `now`.
    func allowance(at now: Int64) -> Double {
        guard perMinute != nil else { return .infinity }
        return isOver(at: now) ? most : max(0, most - used)
    }

    /// How long until a whole minute's worth may be changed again.
    func wait(at now: Int64) -> Int64 {
        isOver(at: now) ? 0 : spanNanoseconds - (now &- startNanoseconds)
    }

    mutating func take(_ amount: Double, at now: Int64) {
        guard perMinute != nil else { return }
        if isOver(at: now) {
            startNanoseconds = now
            used = 0
        }
        used += amount
    }

    /// The minute under way goes on.
    mutating func clockWentBack(_ step: ClockStep) { startNanoseconds = step.moved(startNanoseconds) }

    private func isOver(at now: Int64) -> Bool {
        guard startNanoseconds != .min else { return true }
        let elapsed = now &- startNanoseconds
        return elapsed < 0 || elapsed >= spanNanoseconds
    }
}
