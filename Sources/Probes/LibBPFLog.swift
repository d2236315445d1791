internal import CLibBPF
internal import Glibc
internal import Synchronization

/// Keeps what libbpf prints instead of letting it reach the terminal.
///
/// libbpf has one print hook a process; the lines that explain a failure, the
/// verifier's among them, come only through it. Holds the last 24 lines.
enum LibBPFLog {
    private static let kept = 24
    private static let lines = Mutex<[String]>([])

    /// Takes over libbpf's output. Safe to call more than once.
    static func capture() {
        unsafe libbpf_set_print { level, format, arguments in
            guard level != LIBBPF_DEBUG, let format = unsafe format, let arguments = unsafe arguments
            else { return 0 }
            // A verifier log comes as one text of many lines; its end is what matters.
            let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 18) {
                buffer -> String in
                let length = unsafe vsnprintf(
                    buffer.baseAddress!, buffer.count, format, arguments)
                guard length > 0 else { return "" }
                return unsafe String(cString: buffer.baseAddress!)
            }
            LibBPFLog.append(text)
            return CInt(text.utf8.count)
        }
    }

    private static func append(_ text: String) {
        lines.withLock { lines in
            for line in text.split(separator: "\n") { lines.append(String(line)) }
            if lines.count > kept { lines.removeFirst(lines.count - kept) }
        }
    }

    /// The kept lines, oldest first, and forgets them.
    static func tail() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}
