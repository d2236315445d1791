internal import Glibc

/// The terminal taken over for a live view: alternate screen, keys without Enter. What was
/// there comes back when the value is destroyed.
struct FullScreen: ~Copyable {
    private var saved = termios()
    private let readsKeys: Bool

    init() {
        readsKeys = isatty(STDIN_FILENO) == 1
        if readsKeys {
            unsafe tcgetattr(STDIN_FILENO, &saved)
            var raw = saved
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            unsafe tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        Self.put("\u{1b}[?1049h\u{1b}[?25l")
    }

    deinit {
        Self.put("\u{1b}[?25h\u{1b}[?1049l")
        if readsKeys {
            var saved = saved
            unsafe tcsetattr(STDIN_FILENO, TCSANOW, &saved)
        }
    }

    /// What people type at; nil when standard input is no terminal.
    var inputDescriptor: CInt? { readsKeys ? STDIN_FILENO : nil }

    /// Columns and rows now; 80 by 24 where the terminal does not say.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0,
            size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Shows the lines in one write, each erased behind its end, so that nothing flickers.
    /// - Returns: false when the terminal is gone.
    func show(_ lines: [String]) -> Bool {
        let (_, rows) = Self.size
        let shown = lines.prefix(rows).map { $0 + "\u{1b}[K" }
        return Self.put("\u{1b}[H" + shown.joined(separator: "\r\n") + "\u{1b}[J")
    }

    /// The keys typed since the last call.
    func keys() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    @discardableResult
    private static func put(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { buffer in
            var written = 0
            while written < buffer.count {
                let count = unsafe write(
                    STDOUT_FILENO, buffer.baseAddress! + written, buffer.count - written)
                if count < 0, errno != EINTR { return false }
                written += max(0, count)
            }
            return true
        }
    }
}
