import Foundation
import Glibc

/// A terminal as people have one: a pane of a tmux server of its own.
final class TmuxPane {
    /// Nil where there is no tmux; tests that need it are skipped then.
    static let program: String? = {
        let places: [String] = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/bin/tmux"]
        let found = places.first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil { print("SKIPPED a kernel test: no tmux (apt install tmux)") }
        return found
    }()

    private let scratch: Scratch
    private let socket: String

    /// Starts `script` in a shell.
    init(
        _ scratch: Scratch, columns: Int, rows: Int, environment: [String] = ["LANG=C.UTF-8"], script: String
    ) throws {
        self.scratch = scratch
        socket = TestCgroup.uniqueName("tmux")
        let variables = (scratch.environment + environment).joined(separator: " ")
        try run([
            "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
            "env -u NO_COLOR -u LC_ALL -u LC_CTYPE \(variables) HEADROOM=\(Host.command) bash --norc --noprofile \(script)",
        ])
    }

    /// `headroom` with these arguments, then its exit code and the terminal's settings.
    convenience init(
        _ scratch: Scratch, columns: Int = 80, rows: Int = 24, environment: [String] = ["LANG=C.UTF-8"],
        headroom arguments: String
    ) throws {
        try self.init(
            scratch, columns: columns, rows: rows, environment: environment,
            script: "-c 'echo before; \"$HEADROOM\" \(arguments); echo exit $?; stty -a; exec sleep 1000'")
    }

    deinit { _ = try? run(["kill-server"]) }

    @discardableResult
    private func run(_ arguments: [String]) throws -> String {
        guard let program = Self.program else { throw TestFailure("no tmux") }
        let name = "tmux-output"
        let process = try ChildProcess(
            [program, "-u", "-L", socket, "-f", "/dev/null"] + arguments,
            environment: ["LANG=C.UTF-8", "TERM=xterm-256color", "PATH=/usr/bin:/bin", "TMUX_TMPDIR=\(scratch.directory)"],
            output: scratch.path(name), error: scratch.path("tmux-errors"))
        guard process.exitCode == 0 else {
            throw TestFailure("tmux \(arguments): \((try? scratch.text("tmux-errors")) ?? "")")
        }
        return try scratch.text(name)
    }

    /// Names of keys as tmux has them: `Enter`, `Escape`, `PageDown`, `C-z`, or letters. Each by
    /// itself: Escape with something close behind it is another key.
    func press(_ keys: String...) throws {
        for key in keys {
            try run(key.count > 1 ? ["send-keys", key] : ["send-keys", "-l", key])
            usleep(key == "Escape" ? 100_000 : 10_000)
        }
    }

    func type(_ text: String) throws { try run(["send-keys", "-l", text]) }

    /// What is on the screen.
    var lines: [String] {
        get throws {
            try run(["capture-pane", "-p"]).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
        }
    }

    /// With the sequences that make its colours.
    var styled: String { get throws { try run(["capture-pane", "-p", "-e"]) } }

    func resize(columns: Int, rows: Int) throws {
        try run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// Whether the alternate screen is shown, and the cursor.
    var state: (isAlternate: Bool, showsCursor: Bool) {
        get throws {
            let text = try run(["display-message", "-p", "#{alternate_on} #{cursor_flag}"])
            return (text.hasPrefix("1"), text.hasSuffix("1\n"))
        }
    }

    /// Process of the command that the pane's shell runs.
    var command: pid_t? {
        get throws {
            let shell = try run(["display-message", "-p", "#{pane_pid}"]).trimmingCharacters(in: .whitespacesAndNewlines)
            let children = try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
            return children?.split(separator: " ").first.flatMap { pid_t($0) }
        }
    }

    /// Waits until the screen is as wanted; half a minute, longer on emulated machines.
    @discardableResult
    func wait(_ what: String, until isThere: ([String]) -> Bool) throws -> [String] {
        var seen: [String] = []
        for _ in 0..<600 * Host.scale {
            seen = try lines
            if isThere(seen) { return seen }
            usleep(50_000)
        }
        throw TestFailure("\(what) did not come; on the screen:\n\(seen.joined(separator: "\n"))")
    }

    @discardableResult
    func wait(for text: String) throws -> [String] {
        try wait("“\(text)”") { $0.contains { $0.contains(text) } }
    }
}
