/// What stood in files before they were changed, so that it can be put back: after a crash too.
///
/// Written whole before anything is changed. Holds for each changed file what it held first and
/// the last two values that were written, one of which it holds unless others changed it since.
struct LimitJournal {
    typealias Key = LimitPlace

    struct Entry: Hashable {
        var original: String
        /// What the file held when `next` was about to be written.
        var last: String
        var next: String

        /// What to put back, where the file holds `present` now: that itself, if nobody who wrote this did.
        func original(of present: String) -> String {
            [original, last, next].contains(present) ? original : present
        }
    }

    /// Why a journal's text is none.
    struct Damage: Error, Hashable {
        let line: Int
        let reason: String
    }

    private static let header = "headroom limits 1"
    var entries: [Key: Entry] = [:]

    init() {}

    /// A line of six words apart by tabs for each file; the last says how many there were.
    var text: String {
        let lines = entries.map { key, entry in
            [
                "\(key.cgroupID)", key.file.rawValue, entry.original, entry.last, entry.next,
                Self.escape(key.path),
            ].joined(separator: "\t")
        }
        return ([Self.header] + lines.sorted() + ["end \(lines.count)"]).joined(separator: "\n") + "\n"
    }

    init(parsing text: String) throws(Damage) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == Self.header[...] else {
            throw Damage(line: 1, reason: "expected \"\(Self.header)\"")
        }
        guard lines.count >= 3, lines.removeLast().isEmpty else {
            throw Damage(line: lines.count, reason: "it is cut short")
        }
        guard lines.removeLast() == "end \(lines.count - 1)" else {
            throw Damage(line: lines.count + 1, reason: "expected \"end \(lines.count - 1)\"")
        }
        for (index, line) in lines.enumerated().dropFirst() {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard words.count == 6, let id = UInt64(words[0]),
                let file = ControlFile(rawValue: String(words[1])),
                let path = Self.unescape(words[5]), EnforcementRules.refusal(of: path) == nil,
                words[2...4].allSatisfy(Self.isValue)
            else {
                throw Damage(
                    line: index + 1,
                    reason: "expected an id, a file, three values and a cgroup's path"
                )
            }
            entries[Key(cgroupID: id, path: path, file: file)] = Entry(
                original: String(words[2]),
                last: String(words[3]),
                next: String(words[4])
            )
        }
    }

    /// Numbers, `max` and blanks: nothing else is ever written to a control file.
    static func isValue(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count < 64
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: " ") || (48...57).contains(byte) || "max".utf8.contains(byte)
            }
    }

    /// Names of cgroups may hold anything but `/` and NUL.
    private static func escape(_ path: String) -> String {
        var text = ""
        for scalar in path.unicodeScalars {
            switch scalar {
            case "\t": text += "%09"
            case "\n": text += "%0A"
            case "%": text += "%25"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func unescape(_ text: Substring) -> String? {
        var path = ""
        var rest = text[...]
        while let percent = rest.firstIndex(of: "%") {
            path += rest[..<percent]
            rest = rest[percent...]
            let escaped = ["%09": "\t", "%0A": "\n", "%25": "%"][String(rest.prefix(3))]
            guard let escaped else { return nil }
            path += escaped
            rest = rest.dropFirst(3)
        }
        return path + rest
    }
}
