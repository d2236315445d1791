internal import Agent
internal import Probes

/// One entry of a BPF map on its way to a person or a script.
struct DumpedEntry {
    let map: String
    let key: DecodedValue
    let cpu: Int?
    let value: DecodedValue
    let cgroup: String?

    var text: String {
        var line = "[\(key.text)]"
        if let cgroup { line += " \(cgroup)" }
        if let cpu { line += " cpu \(cpu)" }
        return line + ": " + value.text
    }

    func write(to line: inout JSONLine) {
        line.line("entry") { line in
            line.field("map", map)
            if case .number(let number) = key {
                line.field("key", number)
            } else {
                line.field("key", key.text)
            }
            if let cgroup { line.field("cgroup", cgroup) }
            if let cpu { line.field("cpu", cpu) }
            line.object("value") { value.write(to: &$0) }
        }
    }
}

extension DecodedValue {
    var isZero: Bool {
        switch self {
        case .number(let value): value == 0
        case .text(let text): text.isEmpty
        case .structure(let fields): fields.allSatisfy { $0.value.isZero }
        case .list(let values): values.allSatisfy(\.isZero)
        case .opaque: false
        }
    }

    var text: String {
        switch self {
        case .number(let value): String(value)
        case .text(let text): "\"\(text)\""
        case .structure(let fields):
            fields.map { "\($0.name) \($0.value.text)" }.joined(separator: ", ")
        case .list(let values): "[" + values.map(\.text).joined(separator: " ") + "]"
        case .opaque(let bytes): "(\(bytes) bytes)"
        }
    }

    /// The members of a JSON object; a bare value is its member `value`.
    fileprivate func write(to line: inout JSONLine) {
        guard case .structure(let fields) = self else {
            return Self.write("value", self, to: &line)
        }
        for (name, value) in fields { Self.write(name, value, to: &line) }
    }

    private static func write(_ name: String, _ value: DecodedValue, to line: inout JSONLine) {
        if case .number(let number) = value {
            line.field(named: name, number)
        } else {
            line.field(named: name, value.text)
        }
    }
}
