internal import Capacity

/// Cgroups by path: `/system.slice/web.service`, or with `*` for any text within one name:
/// `/kubepods.slice/*`, `/system.slice/web-*.service`.
package struct CgroupPattern: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let names: [String]

    /// - Returns: nil for what is no plain absolute path, for the root, and for two `*` in a name.
    package init?(_ text: String) {
        guard EnforcementRules.refusal(of: text) == nil else { return nil }
        let names = text.dropFirst().split(separator: "/").map(String.init)
        guard names.allSatisfy({ $0.count(where: { $0 == "*" }) <= 1 }) else { return nil }
        description = text
        self.names = names
    }

    /// Whether `path` is one of these cgroups, or lies in one.
    package func relation(to path: String) -> Relation {
        let words = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard path.hasPrefix("/"), words.count >= names.count else { return .other }
        for (name, word) in zip(names, words) where !Self.matches(name, word) { return .other }
        return words.count == names.count ? .same : .inside
    }

    package enum Relation: Sendable {
        case other, same, inside
    }

    /// Whether a cgroup of the one may lie in a cgroup of the other.
    package func mayNest(with other: CgroupPattern) -> Bool {
        guard names.count != other.names.count else { return false }
        return zip(names, other.names).allSatisfy { Self.mayBeSame($0, $1) }
    }

    private static func parts(_ name: String) -> (head: Substring, tail: Substring)? {
        name.firstIndex(of: "*").map { (name[..<$0], name[name.index(after: $0)...]) }
    }

    private static func matches(_ name: String, _ word: Substring) -> Bool {
        guard let (head, tail) = parts(name) else { return name == word }
        return word.utf8.count >= head.utf8.count + tail.utf8.count && word.hasPrefix(head)
            && word.hasSuffix(tail)
    }

    private static func mayBeSame(_ one: String, _ other: String) -> Bool {
        guard let (head, tail) = parts(one) else { return matches(other, one[...]) }
        guard let (otherHead, otherTail) = parts(other) else { return matches(one, other[...]) }
        return (head.hasPrefix(otherHead) || otherHead.hasPrefix(head))
            && (tail.hasSuffix(otherTail) || otherTail.hasSuffix(tail))
    }
}
