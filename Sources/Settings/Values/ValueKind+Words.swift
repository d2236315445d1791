internal import Agent
internal import Capacity

extension ValueKind where Value == Bool {
    static let flag = ValueKind(
        expected: "true or false",
        parse: { node throws(Refusal) in
            let text = try node.plainText()
            switch text {
            case "true": return true
            case "false": return false
            default:
                let meant =
                    switch text.lowercased() {
                    case "yes", "on", "y", "1", "true": "true"
                    case "no", "off", "n", "0", "false": "false"
                    default: Nearest.name(to: text, in: ["true", "false"])
                    }
                throw Refusal(
                    reason: "\(Printable.quoted(text)) is neither true nor false",
                    suggestion: meant
                )
            }
        },
        show: { .flag($0) }
    )
}

extension ValueKind {
    /// One of a few values, each with a name.
    static func choice(_ values: [Value], name: @escaping @Sendable (Value) -> String) -> ValueKind {
        let known = values.map(name).joined(separator: ", ")
        return ValueKind(
            expected: "one of \(known)",
            parse: { node throws(Refusal) in
                let text = try node.text()
                guard let value = values.first(where: { name($0) == text }) else {
                    throw Refusal(
                        reason: "\(Printable.quoted(text)) is none of them",
                        suggestion: Nearest.name(to: text, in: values.map(name))
                    )
                }
                return value
            },
            show: { .text(name($0)) }
        )
    }
}

extension ValueKind where Value == CgroupPattern {
    static let cgroupPattern = ValueKind(
        expected: "a cgroup's path, in which one * in a name stands for any text",
        parse: { node throws(Refusal) in
            let text = try node.text()
            guard let pattern = CgroupPattern(text) else {
                throw Refusal(reason: "\(Printable.quoted(text)) is no path of cgroups from /")
            }
            return pattern
        },
        show: { .text($0.description) }
    )
}

extension ValueKind where Value == String {
    /// A pool's name: as long as the shared table has room, and no cgroup's path.
    static let poolName = ValueKind(
        expected: "a name of 1 to 63 letters, digits, - _ or ., other than node",
        parse: { node throws(Refusal) in
            let text = try node.text()
            let isPlain = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
            guard isPlain, (1...63).contains(text.utf8.count), text != "node" else {
                throw Refusal(reason: "\(Printable.quoted(text)) is no name of a pool")
            }
            return text
        },
        show: { .text($0) }
    )

    /// A cgroup by its path in the v2 tree.
    static let cgroup = ValueKind(
        expected: "a cgroup's path from the root of the cgroup v2 tree",
        parse: { node throws(Refusal) in
            let text = try node.text()
            if let reason = EnforcementRules.refusal(of: text) {
                throw Refusal(reason: "\(Printable.quoted(text)) is no cgroup to limit: \(reason)")
            }
            return text
        },
        show: { .text($0) }
    )

    /// A word of a command, whatever is in it.
    static let word = ValueKind(
        expected: "a word without control characters",
        parse: { node throws(Refusal) in
            let text = try node.text()
            guard !text.isEmpty, text.utf8.count < 4096,
                !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            else { throw Refusal(reason: "\(Printable.quoted(text)) is not such a word") }
            return text
        },
        show: { .text($0) }
    )

    /// A path; absolute in a file, because a service's working directory is nobody's choice.
    static let path = ValueKind(
        expected: "a path, in a file from /",
        parse: { node throws(Refusal) in
            let text = try node.text()
            let hasControl = text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
            guard !text.isEmpty, text.utf8.count < 4096, !hasControl else {
                throw Refusal(reason: "\(Printable.quoted(text)) is not a path")
            }
            guard node.isArgument || text.hasPrefix("/") else {
                throw Refusal(reason: "\(Printable.quoted(text)) does not begin with /")
            }
            return text
        },
        show: { .text($0) }
    )
}
