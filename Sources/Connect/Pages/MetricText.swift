/// Metrics in Prometheus' text format (version 0.0.4), family by family.
package struct MetricText: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge
    }

    package private(set) var text = ""

    package init() {}

    /// A family of samples. - Parameter samples: labels and value of each; may be none.
    package mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [([(name: String, value: String)], Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in samples {
            text += name
            if !labels.isEmpty {
                text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
            }
            text += " \(Self.number(value))\n"
        }
    }

    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        add(name, kind, help, [([], value)])
    }

    /// Counts by one label, in the order of its values.
    package mutating func add(_ name: String, _ help: String, by label: String, _ counts: [String: UInt64]) {
        add(
            name, .counter, help,
            counts.sorted { $0.key < $1.key }.map { ([(name: label, value: $0.key)], Double($0.value)) })
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
