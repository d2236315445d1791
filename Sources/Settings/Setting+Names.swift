extension Setting {
    /// Whether a key or a section of this name exists.
    static func isKnown(_ key: String) -> Bool {
        named[key] != nil || (!key.isEmpty && sections[key] != nil)
    }

    /// The words that may stand under a section; under "" at the file's start.
    static func children(of section: String) -> [String] { sections[section] ?? [] }

    private static let sections: [String: [String]] = {
        var sections: [String: [String]] = [:]
        for setting in all {
            var section = ""
            for word in setting.key.split(separator: ".").map(String.init) {
                if !sections[section, default: []].contains(word) {
                    sections[section, default: []].append(word)
                }
                section = section.isEmpty ? word : "\(section).\(word)"
            }
        }
        return sections
    }()

    /// What to do about a key that does not exist: the one beside it or elsewhere that is
    /// like it, else all that there are.
    static func advice(_ key: String, in section: String) -> String {
        let word = String(key.dropFirst(section.isEmpty ? 0 : section.utf8.count + 1))
        let prefix = section.isEmpty ? "" : section + "."
        if let near = Nearest.name(to: word, in: children(of: section)) {
            return "did you mean \(prefix)\(near)?"
        }
        if named[word] != nil {
            return "write each of its words under the one before, as sections"
        }
        if let near = Nearest.name(to: word, in: all.map { lastWord($0.key) }),
            let other = all.first(where: { lastWord($0.key) == near })
        {
            return "did you mean \(other.key)?"
        }
        return "known here: \(children(of: section).joined(separator: ", "))"
    }

    private static func lastWord(_ key: String) -> String {
        String(key[(key.lastIndex(of: ".").map(key.index(after:)) ?? key.startIndex)...])
    }

    /// The default as it would be written: `5m`; of a list, without brackets, as a flag.
    package static func standardText(_ key: String) -> String {
        guard let setting = named[key] else { preconditionFailure("\(key) is no key") }
        switch setting.show(AgentSettings()) {
        case .list(let values): return values.map(\.yaml).joined(separator: ",")
        case .text(let text): return text
        case let value: return value.yaml
        }
    }
}
