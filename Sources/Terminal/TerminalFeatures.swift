internal import Glibc

/// What may be sent to a terminal, as the environment tells it.
package struct TerminalFeatures: Hashable, Sendable {
    /// `NO_COLOR` (https://no-color.org) is not set, and the terminal is not `dumb`.
    package var hasColour: Bool
    /// The locale's encoding is UTF-8.
    package var isUTF8: Bool
    /// Sequences that cannot be understood are left out by the terminal, so that it may be told
    /// where a frame begins and ends (mode 2026).
    package var canSynchronise: Bool
    /// It can move its cursor: a full screen can be had.
    package var canMove: Bool

    package init(
        hasColour: Bool = true, isUTF8: Bool = true, canSynchronise: Bool = true, canMove: Bool = true
    ) {
        self.hasColour = hasColour
        self.isUTF8 = isUTF8
        self.canSynchronise = canSynchronise
        self.canMove = canMove
    }

    package static var ofEnvironment: TerminalFeatures {
        TerminalFeatures { name in
            unsafe getenv(name).map { unsafe String(cString: $0) }
        }
    }

    /// - Parameter variable: the value of an environment variable; nil when it is not set.
    package init(_ variable: (String) -> String?) {
        let terminal = variable("TERM") ?? ""
        canMove = !["", "dumb", "unknown"].contains(terminal)
        hasColour = canMove && (variable("NO_COLOR") ?? "").isEmpty && terminal != "vt100"
        canSynchronise = canMove && terminal != "linux" && !terminal.hasPrefix("vt")
        // The first of these that is set and not empty counts, as in setlocale(3).
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(variable).first { !$0.isEmpty } ?? ""
        let encoding = locale.lowercased()
        isUTF8 = encoding.contains("utf-8") || encoding.contains("utf8")
    }
}
