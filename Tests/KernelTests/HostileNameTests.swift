import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// A container that may make cgroups chooses their names: no name of one gets out of its place in
    /// anything that Headroom writes.
    @Suite struct HostileNameTests {
        private struct Name {
            let bytes: [UInt8]
            /// As it is shown, everywhere.
            let shown: String

            init(_ text: String, _ shown: String? = nil) {
                bytes = Array(text.utf8)
                self.shown = shown ?? text
            }

            init(bytes: [UInt8], _ shown: String) { (self.bytes, self.shown) = (bytes, shown) }
        }

        private static let names = [
            Name("esc\u{1b}[2J\u{1b}]0;title\u{7}", "esc\\x1b[2J\\x1b]0;title\\x07"),
            Name("c1\u{9b}31m", "c1\\x9b31m"),
            Name("back\u{8}\u{8}space\rreturn\ttab\u{7f}", "back\\x08\\x08space\\x0dreturn\\x09tab\\x7f"),
            Name("right\u{202e}gnp.exe", "right\\u{202e}gnp.exe"),
            Name("line\u{2028}para\u{2029}zero\u{200b}", "line\\u{2028}para\\u{2029}zero\\u{200b}"),
            Name("<script>alert(1)<\\script>"), Name("<img src=x onerror=alert(1)>"),
            Name("\" onmouseover=\"alert(1)"), Name("'quote\\back\\\\slash\\"), Name("x\",leaf=\"true\"} 1e9"),
            Name("{\"type\":\"window\"},"), Name("# EOF"), Name("# HELP headroom_x y"),
            Name("=cmd|' -C calc'!A0"), Name("@SUM(1+1)"), Name("+1+1"), Name("a,b;c"),
            Name("-rf"), Name("..."), Name(".hidden"), Name("~root"), Name(" blank "),
            Name("$(touch pwned)"), Name("`touch pwned`"), Name("; touch pwned;"), Name("%s%n%x"),
            Name("key: {yaml: [1]}"), Name("&anchor *alias !tag"), Name("null"), Name("(other)"),
            Name(bytes: [0xff, 0xfe] + Array("raw".utf8), "\u{fffd}\u{fffd}raw"),
            Name(bytes: Array("cut".utf8) + [0xe2, 0x82], "cut\u{fffd}"),
            Name(String(repeating: "n", count: 255)), Name(String(repeating: "€", count: 85)),
        ]

        private static func isBelow(_ parent: TestCgroup, _ path: String) -> Bool { path.hasPrefix(parent.path + "/") }

        @Test(.enabled(if: Tool.curl.isThere)) func noNameGetsOutOfItsPlace() throws {
            let scratch = try Scratch()
            let parent = try TestCgroup(TestCgroup.uniqueName("hostile"))
            let place = Array(parent.directory.utf8)
            // The kernel itself keeps line ends out: /proc/PID/cgroup has a line each.
            #expect(HostileCgroup(Array("two\nlines".utf8), in: place) == nil)

            let port = TelemetryProcessTests.port()
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.5", "--horizon", "1,2", "--listen", "127.0.0.1:\(port)",
            ])
            _ = try scratch.kernelObjects()
            // Another, for what people read.
            let second = try Scratch()
            let lines = try second.start(["run", "--lines", "--interval", "0.5", "--horizon", "1,2"])
            _ = try second.kernelObjects()

            var cgroups: [HostileCgroup] = []
            var deep: [HostileCgroup] = []
            defer {
                // The innermost first: a cgroup with one in it stays.
                while deep.popLast() != nil {}
                cgroups.removeAll()
                parent.remove()
            }
            for name in Self.names {
                let cgroup = try #require(HostileCgroup(name.bytes, in: place), "\(name.shown): errno \(errno)")
                let pause = name.shown.hasPrefix("<") || name.shown.hasPrefix("esc") ? "" : "sleep 0.1;"
                try cgroup.work("while :; do for i in {1..2000}; do :; done; \(pause) done")
                cgroups.append(cgroup)
            }
            // Longer than the table holds.
            for name in ["d", "e", "f"] {
                let long = Array(String(repeating: name, count: 250).utf8)
                deep.append(try #require(HostileCgroup(long, in: deep.last?.directory ?? place)))
            }
            usleep(4_000_000)

            func output(_ arguments: [String], exit code: Int32 = 0) throws -> [UInt8] {
                let run = try scratch.start(arguments, output: "said")
                #expect(run.exitCode == code, "\(arguments): \(scratch.errors)")
                return try [UInt8](Data(contentsOf: URL(fileURLWithPath: scratch.path("said"))))
            }
            func text(_ arguments: [String]) throws -> String {
                let bytes = try output(arguments)
                #expect(Harm.first(in: bytes) == nil, "\(arguments)")
                return String(decoding: bytes, as: UTF8.self)
            }
            func objects(_ arguments: [String]) throws -> [[String: Any]] {
                try text(arguments).split(separator: "\n").map { line in
                    try #require(
                        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(arguments): \(line)")
                }
            }

            let shown = Set(Self.names.map { parent.path + "/" + $0.shown })
            for command in [["top", "--json"], ["forecast", "--json"]] {
                let found = Set(try objects(command).compactMap { $0["cgroup"] as? String }.filter { Self.isBelow(parent, $0) })
                #expect(found.isSuperset(of: shown), "\(command): \(shown.subtracting(found))")
                // The deep ones alone beside them: no name became two, or another.
                #expect(found.subtracting(shown).allSatisfy { $0.hasPrefix(parent.path + "/ddd") }, "\(command)")
            }
            for command in [
                ["top", "--once"], ["forecast"], ["plan"], ["plan", "--json"], ["maps"], ["maps", "list"],
                ["maps", "dump", "hr_cgroups"], ["maps", "dump", "hr_cgroups", "--json"], ["maps", "losses"],
                ["doctor"],
            ] {
                // `doctor` may find something that this host lacks.
                let bytes = try output(command, exit: command == ["doctor"] ? scratch.start(command, output: "doctor").exitCode : 0)
                #expect(Harm.first(in: bytes) == nil, "\(command)")
            }
            try pages(scratch, port, shown)

            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            #expect(lines.stop(SIGINT) == 0, "\(second.errors)")
            for file in [scratch.path("output"), second.path("output"), second.path("errors")] {
                let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: file)))
                #expect(!bytes.isEmpty || file.hasSuffix("errors"))
                #expect(Harm.first(in: bytes) == nil, "\(file)")
            }
            let born = try scratch.lines().filter { $0["event"] as? String == "cgroup_created" }
                .compactMap { $0["cgroup"] as? String }
            #expect(Set(born).isSuperset(of: shown), "\(shown.subtracting(born))")
            // Each line is one of the agent's, not one that a name made.
            for line in try second.text().split(separator: "\n") where !line.hasPrefix("source ") {
                #expect(line.wholeMatch(of: /\d\d:\d\d:\d\d(\.\d+)? (node|plan|request|event|alarm|loss|self|     ) .*/) != nil, "\(line)")
            }

            try history(scratch, parent, shown, text, objects)
            #expect(!FileManager.default.fileExists(atPath: scratch.path("pwned")))
            withExtendedLifetime((cgroups, deep)) {}
            while deep.popLast() != nil {}
        }

        /// What is told over HTTP.
        private func pages(_ scratch: Scratch, _ port: Int, _ shown: Set<String>) throws {
            for type in ["text/plain", "application/openmetrics-text"] {
                let page = try Tool.curl.run(
                    ["-sS", "-H", "Accept: \(type)", "http://127.0.0.1:\(port)/metrics"], scratch)
                #expect(Harm.first(in: Array(page.utf8)) == nil, "\(type)")
                var found: Set<String> = []
                for line in page.split(separator: "\n") where !line.hasPrefix("# ") {
                    let sample = /[a-z_0-9]+(\{([a-z_]+="([^"\\]|\\\\|\\"|\\n)*",?)*\})? [^ ]+/
                    #expect(line.wholeMatch(of: sample) != nil, "\(line)")
                    if let label = line.firstMatch(of: /[{,]cgroup="((?:[^"\\]|\\\\|\\"|\\n)*)"/) {
                        found.insert(
                            String(label.1).replacing("\\\\", with: "\u{0}").replacing("\\\"", with: "\"")
                                .replacing("\u{0}", with: "\\"))
                    }
                }
                #expect(found.isSuperset(of: shown), "\(type): \(shown.subtracting(found))")
                #expect(page.components(separatedBy: "\n# EOF").count == (type.hasPrefix("app") ? 2 : 1))
            }
            for path in ["/v1/windows", "/v1/forecasts", "/v1/plan", "/v1/events"] {
                let page = try Tool.curl.run(["-sS", "http://127.0.0.1:\(port)\(path)"], scratch)
                #expect(Harm.first(in: Array(page.utf8)) == nil, "\(path)")
                #expect(try JSONSerialization.jsonObject(with: Data(page.utf8)) is [[String: Any]], "\(path)")
            }
        }

        /// What is made of the history on disk.
        private func history(
            _ scratch: Scratch, _ parent: TestCgroup, _ shown: Set<String>, _ text: ([String]) throws -> String,
            _ objects: ([String]) throws -> [[String: Any]]
        ) throws {
            let kept = Set(try objects(["replay", "--json", "--cgroup", parent.path]).compactMap { $0["cgroup"] as? String })
            #expect(kept.isSuperset(of: shown), "\(shown.subtracting(kept))")
            for command in [["history"], ["history", "--json"], ["replay", "--cgroup", parent.path]] { _ = try text(command) }

            let before = Set(try FileManager.default.contentsOfDirectory(atPath: scratch.directory))
            let traces = scratch.path("traces")
            _ = try text(["export", "--csv", traces, "--step", "1", "--cgroup", parent.path])
            let after = Set(try FileManager.default.contentsOfDirectory(atPath: scratch.directory))
            #expect(after.subtracting(before).isSubset(of: ["traces", "said"]), "\(after.subtracting(before))")
            let files = try FileManager.default.contentsOfDirectory(atPath: traces)
            #expect(files.count >= shown.count, "\(files)")
            for file in files {
                #expect(Harm.first(in: Array(file.utf8)) == nil)
                #expect(file.utf8.count <= 255 && !file.hasPrefix("-") && !file.hasPrefix("."), "\(file)")
                let csv = try String(contentsOfFile: "\(traces)/\(file)", encoding: .utf8)
                for line in csv.split(separator: "\n").dropFirst() {
                    #expect(line.wholeMatch(of: /[0-9.,e-]*/) != nil, "\(file): \(line)")
                }
            }

            _ = try text(["report", "--no-comparison", "-o", scratch.path("report.html")])
            let page = try scratch.text("report.html")
            #expect(Harm.first(in: Array(page.utf8)) == nil)
            #expect(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "the busiest are in the report")
            for tag in ["<script", "<img", " onmouseover=\"alert", " onerror=\""] {
                #expect(!page.lowercased().contains(tag), "\(tag)")
            }
            #expect(page.contains("Content-Security-Policy"))
        }
    }
}
