/// What may stand in a request's head. Whatever else is refused where it is read, without being shown: a client library that
/// refuses it later shows it.
package enum HeaderText {
    /// A header's value: no control character but a tab.
    package static func isValue(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 == UInt8(ascii: "\t") || ($0 >= 0x20 && $0 != 0x7f) }
    }

    /// A header's name (RFC 9110, 5.1).
    package static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// A bearer token: `text` without blanks and line ends around it. - Returns: nil unless that is one word of visible ASCII.
    package static func token(_ text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        return String(words[0])
    }

    /// Whether a header of that name says who we are, or may.
    package static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["authorization", "cookie", "token", "key", "secret", "password"].contains { name.contains($0) }
    }
}
