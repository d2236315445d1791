/// A label selector that opts pods in: it says of at least one label that a pod has it.
///
/// `!legacy` or `tier!=web` alone would take in every pod of which nobody has said anything.
package struct PodSelector: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Returns: nil for a selector that a pod without labels meets, and for none.
    package init?(_ text: String) {
        let requirements = Self.requirements(text)
        guard !requirements.isEmpty, requirements.allSatisfy({ !$0.isEmpty }),
            requirements.contains(where: Self.isMetByLabel)
        else { return nil }
        description = text
    }

    /// Split at commas that are in no brackets.
    private static func requirements(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func isMetByLabel(_ requirement: String) -> Bool {
        if requirement.hasPrefix("!") || requirement.contains("!=") { return false }
        let words = requirement.split { $0 == " " || $0 == "(" }
        if words.count > 1, words[1] == "notin" { return false }
        return true
    }
}
