/// Keeps what was wanted a while longer: a count is raised at once, and lowered to the most that was
/// wanted within the window. Demand that goes up and down then costs no nodes.
struct ReleaseWindow: Sendable {
    private struct Held: Sendable {
        let count: Int
        let until: ContinuousClock.Instant
    }

    let length: Duration
    private(set) var wanted: Int?
    /// In order of time, with counts that fall: a later one that is not smaller outlives those before.
    private var held: [Held] = []

    init(length: Duration) { self.length = length }

    /// - Returns: what to keep now.
    mutating func want(_ count: Int, at now: ContinuousClock.Instant) -> Int {
        if let before = wanted, before != count {
            held.removeAll { $0.count <= before }
            held.append(Held(count: before, until: now.advanced(by: length)))
        }
        wanted = count
        return current(at: now)
    }

    /// What to keep at a time at which nothing new is wanted.
    mutating func current(at now: ContinuousClock.Instant) -> Int {
        let wanted = wanted ?? 0
        held.removeAll { $0.until <= now || $0.count <= wanted }
        return held.first?.count ?? wanted
    }

    /// When `current` will next be less; nil while it will not.
    var lowersAt: ContinuousClock.Instant? { held.first?.until }
}
