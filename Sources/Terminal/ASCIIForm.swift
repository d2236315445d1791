/// What stands for a character where only ASCII can be shown.
package enum ASCIIForm {
    /// A `?` for what has no likeness.
    static func of(_ value: UInt32) -> UInt8 {
        if value < 0x80 { return UInt8(value) }
        guard let scalar = Unicode.Scalar(value) else { return UInt8(ascii: "?") }
        return likeness[scalar] ?? UInt8(ascii: "?")
    }

    package static func of(_ text: String) -> String {
        String(decoding: text.unicodeScalars.map { of($0.value) }, as: UTF8.self)
    }

    private static let likeness: [Unicode.Scalar: UInt8] = {
        let pairs: KeyValuePairs<Unicode.Scalar, Unicode.Scalar> = [
            "▁": ".", "▂": ":", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "#", "█": "@",
            "│": "|", "├": "|", "└": "`", "─": "-", "…": "~", "▾": "-", "▸": "+", "▲": "^", "▼": "v",
            "µ": "u", "·": ".", "→": ">", "≥": ">", "≤": "<", "↑": "^", "↓": "v", "–": "-", "░": ":",
            "▒": "%", "▓": "#", "━": "=", "┃": "|", "−": "-", "⏎": "E", "×": "x", "←": "<",
        ]
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0, UInt8($1.value)) })
    }()
}
