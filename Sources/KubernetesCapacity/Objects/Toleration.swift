/// A taint that a chunk may be beside.
package struct Toleration: Codable, Sendable, Hashable {
    /// Absent: every key.
    package var key: String?
    /// `Exists` or `Equal`.
    package var `operator`: String?
    package var value: String?
    /// Absent: every effect.
    package var effect: String?

    package init(key: String?, operator: String?, value: String? = nil, effect: String? = nil) {
        self.key = key
        self.operator = `operator`
        self.value = value
        self.effect = effect
    }

    /// As kubectl writes taints: `KEY=VALUE:EFFECT`, `KEY:EFFECT`, `KEY=VALUE`, `KEY`; nil when it is
    /// none of them.
    package init?(_ text: String) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let effect = halves.count == 2 ? String(halves[1]) : nil
        if let effect, !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(effect) {
            return nil
        }
        let pair = halves[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let key = pair.first, !key.isEmpty else { return nil }
        self.init(
            key: String(key),
            operator: pair.count == 2 ? "Equal" : "Exists",
            value: pair.count == 2 ? String(pair[1]) : nil,
            effect: effect
        )
    }
}
