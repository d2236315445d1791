/// Where one metric comes from on this host, for `headroom doctor` and for the operator's trust.
package struct MetricSource: Sendable, Hashable {
    /// For example `cpu usage`.
    package let metric: String
    /// For example `iter.s/cgroup with one rstat flush`; empty when the metric is not to be had.
    package let source: String
    /// Why this source and not the primary one, or why none.
    package let reason: String
    /// What the source cannot see.
    package let blindSpot: String
    /// What an operator can do about a missing or second-best source; empty when nothing.
    package let advice: String

    package var isAvailable: Bool { !source.isEmpty }
}
