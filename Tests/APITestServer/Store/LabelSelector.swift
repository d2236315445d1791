/// `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
struct LabelSelector: Sendable {
    enum Requirement: Sendable, Equatable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case doesNotExist(String)
    }

    let requirements: [Requirement]

    init(_ text: String) throws(StatusError) {
        var requirements: [Requirement] = []
        for part in Self.parts(text) {
            guard let requirement = Self.requirement(part) else {
                throw .badRequest("unable to parse requirement: found '\(part)', in selector \"\(text)\"")
            }
            requirements.append(requirement)
        }
        self.requirements = requirements
    }

    func matches(_ labels: [String: JSON]) -> Bool {
        requirements.allSatisfy {
            switch $0 {
            case .isIn(let key, let values): labels[key]?.text.map(values.contains) ?? false
            case .isNotIn(let key, let values): !(labels[key]?.text.map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .doesNotExist(let key): labels[key] == nil
            }
        }
    }

    /// Split at commas outside of parentheses.
    private static func parts(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var isInside = false
        for character in text {
            if character == "(" { isInside = true }
            if character == ")" { isInside = false }
            if character == ",", !isInside {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
        }
        if !part.isEmpty || !parts.isEmpty { parts.append(part) }
        return parts
    }

    private static func requirement(_ text: String) -> Requirement? {
        let text = trimmed(text)
        for word in [" notin ", " in "] {
            guard let range = text.firstRange(of: word) else { continue }
            let list = trimmed(String(text[range.upperBound...]))
            let key = trimmed(String(text[..<range.lowerBound]))
            guard list.hasPrefix("("), list.hasSuffix(")"), isKey(key) else { return nil }
            let values = Set(list.dropFirst().dropLast().split(separator: ",").map { trimmed(String($0)) })
            guard values.allSatisfy(isValue) else { return nil }
            return word == " in " ? .isIn(key, values) : .isNotIn(key, values)
        }
        for sign in ["!=", "==", "="] {
            guard let range = text.firstRange(of: sign) else { continue }
            let key = trimmed(String(text[..<range.lowerBound]))
            let value = trimmed(String(text[range.upperBound...]))
            guard isKey(key), isValue(value) else { return nil }
            return sign == "!=" ? .isNotIn(key, [value]) : .isIn(key, [value])
        }
        if text.hasPrefix("!") {
            let key = trimmed(String(text.dropFirst()))
            return isKey(key) ? .doesNotExist(key) : nil
        }
        return isKey(text) ? .exists(text) : nil
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private static func isKey(_ text: String) -> Bool { NameRules.isQualifiedName(text) }
    private static func isValue(_ text: String) -> Bool { text.isEmpty || NameRules.isLabelValue(text) }
}
