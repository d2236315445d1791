/// Applications by name: `shop/Deployment/web`, with `*` for any text within one part:
/// `shop/*/*`, `*/Deployment/web-*`.
package struct ApplicationPattern: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let parts: [Substring]

    /// - Returns: nil for an empty part, and for two `*` in one.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.count(where: { $0 == "*" }) <= 1 }) else { return nil }
        description = text
        self.parts = parts
    }

    package func matches(_ name: String) -> Bool {
        let words = name.split(separator: "/", omittingEmptySubsequences: false)
        return words.count == parts.count && zip(parts, words).allSatisfy { Self.matches($0, $1) }
    }

    private static func matches(_ part: Substring, _ word: Substring) -> Bool {
        guard let star = part.firstIndex(of: "*") else { return part == word }
        let (head, tail) = (part[..<star], part[part.index(after: star)...])
        return word.utf8.count >= head.utf8.count + tail.utf8.count && word.hasPrefix(head)
            && word.hasSuffix(tail)
    }
}
