/// URLs as people and logs may see them.
package enum URLText {
    /// `text` without what stands before an `@` in its authority: a user and often a password.
    package static func withoutUser(_ text: String) -> String {
        let start = text.firstRange(of: "//")?.upperBound ?? text.startIndex
        let end = text[start...].firstIndex { "/?#".contains($0) } ?? text.endIndex
        guard let at = text[start..<end].lastIndex(of: "@") else { return text }
        return text[..<start] + "…" + text[at...]
    }

    /// Whether there is one.
    package static func namesUser(_ text: String) -> Bool { withoutUser(text) != text }
}
