internal import Glibc

/// Colour, only where a terminal will show it and `NO_COLOR` does not forbid it.
struct TerminalStyle {
    let isEnabled: Bool

    static let plain = TerminalStyle(isEnabled: false)

    /// For a descriptor.
    static func of(_ descriptor: CInt) -> TerminalStyle {
        let forbids = unsafe getenv("NO_COLOR") != nil
        let terminal = unsafe getenv("TERM").map { unsafe String(cString: $0) }
        return TerminalStyle(isEnabled: isatty(descriptor) == 1 && !forbids && terminal != "dumb")
    }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func reversed(_ text: String) -> String { wrap(text, "7") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        isEnabled ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
