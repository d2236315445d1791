internal import Agent
internal import YAML

extension EffectiveConfiguration {
    /// A configuration file with all that is in effect, and beside each value where it comes
    /// from.
    package var listing: String {
        var lines: [String] = []
        var open: [String] = []
        for setting in Setting.all {
            let words = setting.key.split(separator: ".").map(String.init)
            let sections = Array(words.dropLast())
            let shared = zip(open, sections).prefix { $0 == $1 }.count
            for depth in shared..<sections.count {
                lines.append(Self.indent(depth) + sections[depth] + ":")
            }
            open = sections
            let value =
                Self.indent(sections.count) + "\(words.last!): \(setting.show(settings).yaml)"
            let gap = String(repeating: " ", count: max(2, 44 - value.count))
            lines.append("\(value)\(gap)# \(Printable.escaped(origin(of: setting).text))")
        }
        return lines.joined(separator: "\n")
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    /// One object a line and key.
    package var json: [UInt8] {
        var line = JSONLine()
        for setting in Setting.all {
            line.line("setting") { line in
                line.field("key", setting.key)
                switch setting.show(settings) {
                case .text(let text): line.field("value", text)
                case .number(let value): line.field("value", value)
                case .flag(let value): line.field("value", value)
                case .list(let values): line.field("value", values.map(\.yaml))
                case let value: line.field("value", value.yaml)
                }
                switch origin(of: setting) {
                case .standard: line.field("from", "default")
                case .file(let path, let mark):
                    line.field("from", "file")
                    line.field("file", path)
                    line.field("line", mark.line)
                case .environment(let name):
                    line.field("from", "environment")
                    line.field("variable", name)
                case .flag(let name):
                    line.field("from", "flag")
                    line.field("flag", name)
                }
            }
        }
        return line.bytes
    }
}
