package import YAML

/// Who set a value.
package enum Origin: Hashable, Sendable {
    case standard
    case file(path: String, mark: YAMLMark)
    case environment(String)
    case flag(String)

    /// `default`, `/etc/headroom/headroom.yaml:12`, `--lead`, or a variable's name.
    package var text: String {
        switch self {
        case .standard: "default"
        case .file(let path, let mark): "\(path):\(mark.line)"
        case .environment(let name), .flag(let name): name
        }
    }

    /// Where a message points to: with the column.
    var place: String {
        guard case .file(let path, let mark) = self else { return text }
        return "\(path):\(mark.line):\(mark.column)"
    }
}
