internal import FoundationEssentials

/// URLs as people and logs may see them, and whether secrets may go to them.
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

    /// Whether nobody on the way reads what is sent there: TLS, or this host itself.
    package static func isPrivate(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host else { return false }
        return scheme == "https" || isLoopback(host: host)
    }

    /// `localhost`, `::1` or an address in `127.0.0.0/8`; another name may be anybody's, whatever it begins with.
    package static func isLoopback(host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt8(part) != nil
            }
    }
}
