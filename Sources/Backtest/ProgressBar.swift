internal import Glibc

/// A bar on standard error, drawn only when that is a terminal and at most once per percent.
package final class ProgressBar {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shownPercent = -1

    package init() {}

    /// `share` is what is done, `0...1`.
    package func show(_ share: Double) {
        let percent = Int(min(1, max(0, share)) * 100)
        guard isTerminal, percent != shownPercent else { return }
        shownPercent = percent
        let done = String(repeating: "#", count: percent * 40 / 100)
        let rest = String(repeating: ".", count: 40 - percent * 40 / 100)
        Self.write("\r[\(done)\(rest)] \(percent) %")
    }

    /// Wipes the bar, before other output.
    package func clear() {
        guard isTerminal, shownPercent >= 0 else { return }
        shownPercent = -1
        Self.write("\r\u{1B}[K")
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
