import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// `headroom top` and `headroom run` on a real terminal, beside a real agent and load.
    @Suite(.enabled(if: TmuxPane.program != nil, "needs tmux"))
    struct TopScreenTests {
        /// An agent, and two cgroups one in the other, the inner one with a load.
        private final class Node {
            let scratch: Scratch
            let outer: TestCgroup
            let inner: TestCgroup
            var load: ChildProcess?
            var agent: ChildProcess?

            init() throws {
                scratch = try Scratch()
                outer = try TestCgroup(TestCgroup.uniqueName("top"))
                inner = try TestCgroup("worker-7", in: outer.path)
                load = try ChildProcess(
                    shell: "while :; do for i in {1..20000}; do :; done; sleep 0.02; done", in: inner)
                try startAgent()
            }

            deinit {
                agent?.stop(SIGKILL)
                load?.stop(SIGKILL)
                // The inner one first: the other can only go when it is empty.
                inner.remove()
                outer.remove()
            }

            func startAgent() throws {
                agent = try scratch.start(
                    ["run", "--json", "--interval", "0.5", "--horizon", "2,10", "--lead", "2"], output: "agent")
                _ = try scratch.kernelObjects()
            }
        }

        /// The row of the loaded cgroup.
        private static func row(_ lines: [String]) -> String? {
            // Not a plan's reason, which names it too.
            lines.first { $0.contains("worker-7") && !$0.contains("filter") && !$0.contains("cores of") }
        }

        /// The first number behind the name: cores.
        private static func cores(_ lines: [String]) -> Double? {
            guard let row = row(lines), let end = row.range(of: "worker-7") else { return nil }
            return row[end.upperBound...].split(separator: " ").first.flatMap { Double($0) }
        }

        @Test func keysSizesAndTheWayBack() throws {
            let node = try Node()
            let pane = try TmuxPane(node.scratch, headroom: "top --interval 0.5")
            var lines = try pane.wait("the loaded cgroup's CPU") { Self.cores($0) ?? 0 > 0 }
            #expect(lines[0].hasPrefix("headroom on "))
            #expect(lines.contains { $0.hasPrefix("cpu ") && $0.contains("in use") && $0.contains("━") })
            #expect(lines.contains { $0.hasPrefix("CGROUP") && $0.contains("CPU▼") && $0.contains("P95") })
            #expect(lines.filter { !$0.isEmpty }.count <= 24)
            #expect(lines.allSatisfy { $0.count <= 80 })
            #expect(try pane.state.isAlternate && !pane.state.showsCursor)

            // What is shown, against the kernel's own account of the same time, loosely: the
            // windows are not the test's. A loop that sleeps cannot take more than a core.
            let before = try node.inner.cpuUsageNanoseconds
            usleep(1_500_000)
            let used = Double(try node.inner.cpuUsageNanoseconds - before) / 1.5e9
            let shown = try #require(Self.cores(try pane.lines))
            #expect(shown > 0.2 * used && shown < 5 * used + 0.05, "\(shown) shown, \(used) used")

            try pane.press("/")
            try pane.type("WORKER-7")
            lines = try pane.wait("the filter") { $0.contains { $0.contains("filter: WORKER-7") } }
            #expect(Self.row(lines) != nil && !lines.contains { $0.hasPrefix("/ ") })
            try pane.press("Enter", "t")
            lines = try pane.wait(for: "└─worker-7")
            #expect(lines.contains { $0.hasPrefix("▾/") }, "with what leads there")
            try pane.press("t", "m")
            try pane.wait(for: "MEM▼")

            try pane.press("Enter")
            lines = try pane.wait(for: "BUFFER")
            #expect(lines[0].contains(node.inner.path) || lines[0].contains("worker-7"))
            #expect(lines.contains { $0.hasPrefix("cpu ") && $0.contains("2s") })
            try pane.wait("its forecast") { $0.contains { $0.contains("of each lead") } }
            try pane.press("PageDown", "PageDown", "PageDown")
            try pane.wait(for: "→")
            try pane.press("Escape", "Escape")
            try pane.wait("all cgroups") { $0.contains { $0.hasPrefix("/ ") } }

            try pane.press("p")
            let still = try pane.wait(for: "PAUSED")
            usleep(1_500_000)
            #expect(try pane.lines == still, "a paused view stands still")
            try pane.press("[")
            try pane.wait(for: "BACK AT")
            try pane.press("p")
            try pane.wait("the present") { !$0.contains { $0.contains("PAUSED") } }

            try pane.press("?")
            try pane.wait(for: "keys and columns")
            try pane.press("q", "P")
            try pane.wait(for: "last requests")
            try pane.press("q")

            try pane.resize(columns: 200, rows: 50)
            // A capture may meet a frame half drawn: all of it is waited for.
            lines = try pane.wait("the wide table, its paths and last windows") { lines in
                guard lines.contains(where: { $0.contains("PEAK") && $0.contains("WRITE") }), let row = Self.row(lines)
                else { return false }
                return row.contains("\(node.outer.path.suffix(8))/worker-7") && row.contains { "▁▂▃▄▅▆▇█".contains($0) }
            }
            try pane.wait("the last requests") { $0.contains { $0.contains("requests") } }
            try pane.resize(columns: 40, rows: 10)
            // Until the new frame is there, the terminal shows what it cut out of the old one, from any line on.
            try pane.wait("the small table") { lines in
                lines[0].hasPrefix("headroom on") && lines.contains { $0.hasPrefix("CGROUP") && $0.count <= 40 }
            }
            try pane.resize(columns: 80, rows: 24)
            try pane.wait(for: "BUF")

            try pane.press("q")
            lines = try pane.wait(for: "exit 0")
            try Self.expectUsualTerminal(pane, lines)
        }

        /// The shell's screen is back, with its cursor, echo and lines.
        private static func expectUsualTerminal(_ pane: TmuxPane, _ lines: [String]) throws {
            #expect(lines[0] == "before", "what was on the screen is back")
            let state = try pane.state
            #expect(!state.isAlternate && state.showsCursor)
            let settings = try pane.wait(for: "icanon").joined(separator: " ").split(separator: " ")
            for setting in ["icanon", "echo", "isig", "icrnl"] {
                #expect(settings.contains { $0 == setting || $0 == setting + ";" }, "\(setting)")
            }
        }

        @Test(arguments: [SIGTERM, SIGINT, SIGSEGV]) func aSignalGivesTheTerminalBack(_ number: Int32) throws {
            let node = try Node()
            let pane = try TmuxPane(node.scratch, headroom: "top 2>/dev/null")
            try pane.wait(for: "worker-7")
            kill(try #require(try pane.command), number)
            // Ctrl-C is the way to quit; what others send says that it was not.
            let lines = try pane.wait(for: number == SIGINT ? "exit 0" : "exit \(128 + number)")
            try Self.expectUsualTerminal(pane, lines)
        }

        @Test func ctrlZStopsItAndFgGoesOn() throws {
            let node = try Node()
            let pane = try TmuxPane(
                node.scratch, columns: 80, rows: 24, environment: ["LANG=C.UTF-8", "PS1=ready:"], script: "-i")
            try pane.wait(for: "ready:")
            try pane.type("\"$HEADROOM\" top --interval 0.2")
            try pane.press("Enter")
            try pane.wait(for: "worker-7")
            try pane.press("C-z")
            try pane.wait(for: "Stopped")
            #expect(try !pane.state.isAlternate && pane.state.showsCursor)
            try pane.type("stty -a; fg")
            try pane.press("Enter")
            let lines = try pane.wait(for: "worker-7")
            #expect(lines[0].hasPrefix("headroom on"))
            #expect(try pane.state.isAlternate && !pane.state.showsCursor)
            try pane.press("t")
            try pane.wait(for: "TREE")
            try pane.press("q")
            try pane.wait(for: "ready:")
            #expect(try !pane.state.isAlternate && pane.state.showsCursor)
        }

        @Test func withoutColourAndWithoutUTF8() throws {
            let node = try Node()
            func isColoured(_ text: String) -> Bool {
                text.contains("\u{1b}[32m") || text.contains("\u{1b}[34m") || text.contains("\u{1b}[36m")
                    || text.contains(";34m") || text.contains(";36m")
            }
            do {
                let pane = try TmuxPane(node.scratch, headroom: "top")
                try pane.wait("colours") { Self.cores($0) ?? 0 > 0 }
                #expect(isColoured(try pane.styled))
                #expect(try pane.styled.contains("\u{1b}[7m"))
            }
            let pane = try TmuxPane(
                node.scratch, environment: ["LANG=C", "NO_COLOR=1"], headroom: "top --interval 0.5")
            let lines = try pane.wait("the cgroup") { Self.cores($0) ?? 0 > 0 }
            #expect(lines.joined().utf8.allSatisfy { $0 < 0x80 }, "\(lines)")
            #expect(lines.contains { $0.contains("CPUv") })
            #expect(try !isColoured(pane.styled))
            #expect(try pane.styled.contains("\u{1b}[7m"), "attributes stay: what is chosen is seen")
        }

        /// A terminal that cannot move its cursor gets lines, once.
        @Test func aDumbTerminalGetsLines() throws {
            let node = try Node()
            let pane = try TmuxPane(
                node.scratch, columns: 120, rows: 60, environment: ["LANG=C.UTF-8", "TERM=dumb"], headroom: "top")
            let lines = try pane.wait(for: "exit 0")
            #expect(lines.contains { $0.contains("worker-7") })
            #expect(try !pane.state.isAlternate)
        }

        @Test func theNextAgentIsShownWhenOneEnds() throws {
            let node = try Node()
            let pane = try TmuxPane(node.scratch, headroom: "top --interval 0.2")
            try pane.wait("the cgroup") { Self.cores($0) ?? 0 > 0 }
            node.agent?.stop(SIGTERM)
            let lines = try pane.wait(for: "the agent has ended")
            #expect(Self.row(lines) != nil, "its last window can still be looked at")
            try node.startAgent()
            try pane.wait("the next agent") { lines in
                !lines.contains { $0.contains("the agent has ended") } && Self.cores(lines) ?? 0 > 0
            }
            try pane.press("q")
            try pane.wait(for: "exit 0")
        }

        /// The agent's own live view is the same screen with the same keys.
        @Test func theAgentsOwnView() throws {
            let node = try Node()
            node.agent?.stop(SIGTERM)
            let pane = try TmuxPane(node.scratch, headroom: "run --interval 0.5 2>/dev/null")
            var lines = try pane.wait("the cgroup") { Self.cores($0) ?? 0 > 0 }
            #expect(lines[0].hasPrefix("headroom on "))
            try pane.press("t")
            try pane.wait(for: "└─worker-7")
            try pane.press("/")
            try pane.type("worker-7")
            try pane.press("Enter", "t", "Enter")
            try pane.wait(for: "BUFFER")
            try pane.press("Escape", "Escape", "p")
            try pane.wait(for: "PAUSED")
            try pane.press("q")
            lines = try pane.wait(for: "exit 0")
            try Self.expectUsualTerminal(pane, lines)
        }

    }

    /// `headroom top` on a bare pseudo-terminal, as a login over ssh has it: nothing between that knows screens.
    @Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "needs script(1)"))
    struct TopTerminalTests {
        @Test(arguments: ["xterm", "screen", "linux"]) func aChangedWindowSizeIsDrawnAtOnce(_ terminal: String) throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json", "--interval", "0.5", "--horizon", "2,10"], output: "agent")
            defer { agent.stop(SIGKILL) }
            _ = try scratch.kernelObjects()
            // Refreshed once a minute: what comes before that is the answer to the size.
            let command = "stty rows 24 cols 80; tty > tty; exec \(Host.command) top --interval 60"
            let top = try scratch.start(
                [
                    "LANG=C.UTF-8", "TERM=\(terminal)", "/bin/bash", "-c",
                    "mkfifo keys; exec 3<>keys; exec script -qefc '\(command)' screen <&3 >/dev/null",
                ], binary: "/usr/bin/env")
            defer { top.stop(SIGKILL) }
            let first = try wait(for: "WAIT", in: scratch)
            #expect(!first.contains("WRITE"), "80 columns have no room for it")
            let tty = try scratch.text("tty").trimmingCharacters(in: .whitespacesAndNewlines)
            // TIOCSWINSZ, as sshd does it when its client's window changes.
            let resize = try ChildProcess(["/usr/bin/stty", "-F", tty, "rows", "50", "cols", "200"])
            #expect(resize.exitCode == 0)
            let wide = try wait(for: "WRITE", in: scratch)
            #expect(wide.count > first.count)
            let handle = try #require(FileHandle(forWritingAtPath: scratch.path("keys")))
            try handle.write(contentsOf: Data("q".utf8))
            #expect(top.exitCode == 0)
            let all = try screen(scratch)
            #expect(all.contains("\u{1b}[?1049h") && all.contains("\u{1b}[?1049l") && all.contains("\u{1b}[?25h"))
        }

        private func screen(_ scratch: Scratch) throws -> String {
            String(decoding: FileManager.default.contents(atPath: scratch.path("screen")) ?? Data(), as: UTF8.self)
        }

        private func wait(for text: String, in scratch: Scratch) throws -> String {
            for _ in 0..<200 * Host.scale {
                usleep(50_000)
                let screen = try screen(scratch)
                if screen.contains(text) { return screen }
            }
            throw TestFailure("no \(text) in \(try screen(scratch).debugDescription)")
        }
    }
}
