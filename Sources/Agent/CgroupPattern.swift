internal import Capacity

/// Cgroups by path: `/system.slice/web.service`, or with `*` for any text within one name:
/// `/kubepods.slice/*`, `/system.slice/web-*.service`.
package struct CgroupPattern: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    /// In bytes, as the kernel compares them.
    private let names: [ArraySlice<UInt8>]
    private static let slash = UInt8(ascii: "/")
    private static let star = UInt8(ascii: "*")

    /// - Returns: nil for what is no plain absolute path, for the root, and for two `*` in a name.
    package init?(_ text: String) {
        guard EnforcementRules.refusal(of: text) == nil else { return nil }
        let names = Array(text.utf8.dropFirst()).split(separator: Self.slash)
        guard names.allSatisfy({ $0.count(where: { $0 == Self.star }) <= 1 }) else { return nil }
        description = text
        self.names = names
    }

    /// Whether `path` is one of these cgroups, or lies in one.
    package func relation(to path: String) -> Relation {
        let words = Array(path.utf8.dropFirst()).split(separator: Self.slash, omittingEmptySubsequences: false)
        guard path.utf8.first == Self.slash, words.count >= names.count else { return .other }
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

    private typealias Name = ArraySlice<UInt8>

    private static func parts(_ name: Name) -> (head: Name, tail: Name)? {
        name.firstIndex(of: star).map { (name[..<$0], name[(name.index(after: $0))...]) }
    }

    private static func matches(_ name: Name, _ word: Name) -> Bool {
        guard let (head, tail) = parts(name) else { return name == word }
        return word.count >= head.count + tail.count && word.starts(with: head) && ends(word, with: tail)
    }

    private static func ends(_ word: Name, with tail: Name) -> Bool { word.suffix(tail.count).elementsEqual(tail) }

    private static func mayBeSame(_ one: Name, _ other: Name) -> Bool {
        guard let (head, tail) = parts(one) else { return matches(other, one) }
        guard let (otherHead, otherTail) = parts(other) else { return matches(one, other) }
        return (head.starts(with: otherHead) || otherHead.starts(with: head))
            && (ends(tail, with: otherTail) || ends(otherTail, with: tail))
    }
}
