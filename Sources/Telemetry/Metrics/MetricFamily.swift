/// A metric: its name, what it is, and what it means. The table of them all is `MetricFamily.all`;
/// docs/metrics.md is made from it (`MetricReference`).
package struct MetricFamily: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram, info
    }

    /// As samples and the manual have it: a counter's ends in `_total`, an info's in `_info`.
    package let name: String
    package let kind: Kind
    /// The base unit that the name ends with, before `_total`; "" for none.
    package let unit: String
    package let labels: [String]
    package let help: String
    /// When a page has it.
    package let presence: MetricPresence

    /// Of the family in OpenMetrics, where `_total` and `_info` belong to the samples.
    var baseName: String {
        switch kind {
        case .counter: String(name.dropLast("_total".utf8.count))
        case .info: String(name.dropLast("_info".utf8.count))
        case .gauge, .histogram: name
        }
    }

    /// - Parameter stem: the name without unit and `_total`.
    init(
        _ stem: String,
        _ kind: Kind,
        unit: String = "",
        labels: [String] = [],
        when presence: MetricPresence = .always,
        _ help: String
    ) {
        let base = unit.isEmpty ? stem : "\(stem)_\(unit)"
        switch kind {
        case .counter: name = base + "_total"
        case .info: name = base + "_info"
        case .gauge, .histogram: name = base
        }
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.help = help
        self.presence = presence
    }

    /// - Parameter label: its own one, if any.
    static func ofNode(
        _ stem: String, _ kind: Kind, unit: String, label: String?, _ presence: MetricPresence, _ meaning: String
    ) -> MetricFamily {
        MetricFamily(
            "headroom_node_\(stem)",
            kind,
            unit: unit,
            labels: label.map { [$0] } ?? [],
            when: presence,
            "\(meaning), of the node."
        )
    }

    /// The same of each cgroup.
    static func ofCgroup(
        _ stem: String, _ kind: Kind, unit: String, label: String?, _ presence: MetricPresence, _ meaning: String
    ) -> MetricFamily {
        MetricFamily(
            "headroom_cgroup_\(stem)",
            kind,
            unit: unit,
            labels: ["cgroup", "leaf"] + (label.map { [$0] } ?? []),
            when: presence,
            "\(meaning), of a cgroup with those inside it."
        )
    }
}
