/// Names as systemd writes them into cgroup paths.
enum SystemdName {
    private static let kinds: [(suffix: String, kind: CgroupKind)] = [
        (".service", .service), (".scope", .scope), (".slice", .slice), (".socket", .unit),
        (".mount", .unit), (".swap", .unit),
    ]

    /// The unit type that a path component names, or nil when it is no valid unit name.
    static func kind(of component: ArraySlice<UInt8>) -> CgroupKind? {
        guard component.count <= 255,
            let match = kinds.first(where: { ends(component, with: $0.suffix) }),
            component.allSatisfy(isAllowed)
        else { return nil }
        return match.kind
    }

    /// The text that `escaped` stands for: `\x2d` for `-`, and so on for any byte but control
    /// characters; what is not UTF-8 is replaced. No control character comes out.
    static func unescape(_ escaped: ArraySlice<UInt8>) -> String {
        guard escaped.contains(UInt8(ascii: "\\")) else {
            return String(decoding: escaped, as: UTF8.self)
        }
        var bytes: [UInt8] = []
        var rest = escaped
        while let first = rest.first {
            if let byte = escapedByte(rest), byte >= 0x20, byte != 0x7f {
                bytes.append(byte)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(first)
                rest = rest.dropFirst()
            }
        }
        return TableText.visible(String(decoding: bytes, as: UTF8.self))
    }

    /// A unit's name; a `_` in front only keeps it apart from the kernel's own file names.
    static func unit(_ component: ArraySlice<UInt8>) -> String {
        unescape(component.first == UInt8(ascii: "_") ? component.dropFirst() : component)
    }

    private static func ends(_ component: ArraySlice<UInt8>, with suffix: String) -> Bool {
        component.count > suffix.utf8.count
            && component.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    private static func escapedByte(_ text: ArraySlice<UInt8>) -> UInt8? {
        let start = text.startIndex
        guard text.count >= 4, text.starts(with: #"\x"#.utf8),
            let high = digit(text[start + 2]), let low = digit(text[start + 3])
        else { return nil }
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// Characters of unit names (systemd's VALID_CHARS).
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "@"):
            true
        default: false
        }
    }
}
