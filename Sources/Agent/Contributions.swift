internal import Planner

/// Who asks for a pool's capacity: its applications with the largest forecasts, and how much all
/// of them together need beyond what they use. One tick's; O(1) an application.
struct Contributions: Sendable {
    static let limit = 3

    /// Largest first.
    private(set) var largest: [PoolContributor] = []
    /// Sum over all applications of how far each one's quantile is above what it uses.
    private(set) var need = 0.0

    mutating func begin() {
        largest.removeAll(keepingCapacity: true)
        need = 0
    }

    mutating func add(_ name: String, inUse: Double, quantile: Double) {
        guard quantile > 0 else { return }
        need += max(0, quantile - inUse)
        let at = largest.firstIndex { $0.quantile < quantile } ?? largest.count
        guard at < Self.limit else { return }
        largest.insert(
            PoolContributor(name: name, quantile: quantile, inUse: inUse), at: at)
        if largest.count > Self.limit { largest.removeLast() }
    }
}
