/// Notices that others change what is ours, and keeps us from an endless to and fro: what they have
/// changed is set again at once, then no more often than every half minute.
struct OverrideGuard: Sendable {
    static let pause = Duration.seconds(30)

    private var written: [String: Int] = [:]
    private var lastRestored: [String: ContinuousClock.Instant] = [:]

    enum Verdict: Sendable, Equatable {
        /// Ours to change.
        case write
        /// Others have changed it; it may be set again.
        case restore
        /// Others have changed it again within so short a time.
        case wait(Duration)
    }

    /// Of an object that holds `found` chunks where `wanted` should be. A restoration counts once it was made: `restored`.
    func judge(
        _ name: String,
        found: Int?,
        wanted: Int,
        at now: ContinuousClock.Instant
    ) -> Verdict {
        guard written[name] == wanted, found != wanted else { return .write }
        if let last = lastRestored[name] {
            let left = now.duration(to: last.advanced(by: OverrideGuard.pause))
            if left > .zero { return .wait(left) }
        }
        return .restore
    }

    mutating func restored(_ name: String, at now: ContinuousClock.Instant) { lastRestored[name] = now }

    mutating func wrote(_ name: String, _ replicas: Int) { written[name] = replicas }

    /// Whether an object of that name was ours.
    func knows(_ name: String) -> Bool { written[name] != nil }
}
