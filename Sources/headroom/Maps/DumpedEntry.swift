internal import Agent
internal import Aggregates
internal import Probes

/// One entry of a BPF map on its way to a person or a script.
struct DumpedEntry {
    let map: String
    let key: DecodedValue
    /// Whose copy it is; nil for sums over CPUs and for maps without copies.
    var cpu: Int?
    var value: DecodedValue
    /// Path of the cgroup that the key or the value stands for.
    var cgroup: String?
    /// The cause that a key of `hr_losses` stands for.
    var cause: String?
    /// Of a cgroup's disk counts.
    var shard: UInt64?
    /// The counts of a cgroup that had the slot before.
    var isOfFormerTenant = false

    var text: String {
        var line = "[\(key.text)]"
        if let cause { line += " \(cause)" }
        if isOfFormerTenant {
            line += " (gone)"
        } else if let cgroup {
            line += " \(cgroup)"
        }
        if let shard { line += " shard \(shard)" }
        if let cpu { line += " cpu \(cpu)" }
        return line + ": " + value.text
    }

    func write(to line: inout JSONLine) {
        line.line("entry") { line in
            line.field("map", map)
            key.write("key", to: &line)
            if let cause { line.field("cause", cause) }
            if let cgroup, !isOfFormerTenant { line.field("cgroup", cgroup) }
            if isOfFormerTenant { line.field("gone", true) }
            if let shard { line.field("shard", shard) }
            if let cpu { line.field("cpu", cpu) }
            line.object("value") { value.writeMembers(to: &$0) }
        }
    }
}

extension DecodedValue {
    var isZero: Bool {
        switch self {
        case .number(let value): value == 0
        case .negative: false
        case .text(let text): text.isEmpty
        case .structure(let fields): fields.allSatisfy { $0.value.isZero }
        case .list(let values): values.allSatisfy(\.isZero)
        case .opaque: false
        }
    }

    var text: String {
        switch self {
        case .number(let value): String(value)
        case .negative(let value): String(value)
        case .text(let text): "\"\(TableText.visible(text))\""
        case .structure(let fields):
            fields.map { "\($0.name) \($0.value.nestedText)" }.joined(separator: ", ")
        case .list(let values): "[" + values.map(\.nestedText).joined(separator: " ") + "]"
        case .opaque(let bytes): "(\(bytes) bytes)"
        }
    }

    private var nestedText: String {
        if case .structure = self { return "{" + text + "}" }
        return text
    }

    /// The members of a JSON object; a bare value is its member `value`.
    func writeMembers(to line: inout JSONLine) {
        guard case .structure(let fields) = self else { return write("value", to: &line) }
        for (name, value) in fields { value.write(name, to: &line) }
    }

    func write(_ name: String, to line: inout JSONLine) {
        switch self {
        case .number(let number): line.field(named: name, number)
        case .negative(let number): line.field(named: name, number)
        case .text(let text): line.field(named: name, text)
        case .structure: line.object(named: name) { writeMembers(to: &$0) }
        case .list(let values): line.array(named: name) { line in values.forEach { $0.writeElement(to: &line) } }
        case .opaque: line.field(named: name, text)
        }
    }

    private func writeElement(to line: inout JSONLine) {
        switch self {
        case .number(let number): line.element(number)
        case .negative(let number): line.element(number)
        case .text(let text): line.element(text)
        case .structure: line.elementObject { writeMembers(to: &$0) }
        case .list(let values): line.elementArray { line in values.forEach { $0.writeElement(to: &line) } }
        case .opaque: line.element(text)
        }
    }
}
