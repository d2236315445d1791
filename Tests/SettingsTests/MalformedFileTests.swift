import Foundation
import Settings
import Testing

/// Each kind of bad file against the whole message that people get.
@Suite struct MalformedFileTests {
    @Test(arguments: [
        ("", "FILE: nothing in it; expected sections such as plan:"),
        ("# a comment\n\n", "FILE: nothing in it; expected sections such as plan:"),
        ("---\n...\n", "FILE:2:1: not sections; expected such as plan:"),
        ("5\n", "FILE:1:1: not sections; expected such as plan:"),
        ("- plan\n", "FILE:1:1: not sections; expected such as plan:"),
        ("plan:\n\tlead: 5m\n", "FILE:2:1: a tab; YAML indents with spaces"),
        ("plan: {lead: 5m}\n---\nplan: {}\n", "FILE:2:1: a second document; expected one"),
        ("plan: {}\u{0}", "FILE:1:9: not YAML: control characters are not allowed"),
        ("? [plan]\n: 5\n", "FILE:1:3: a list or section as a key; expected a word"),
        (
            "plan: &a {lead: 5m}\n",
            "FILE:1:7: anchors (&name) are not taken; write the value where it belongs"
        ),
        ("plan: *a\n", "FILE:1:7: aliases (*name) are not taken; write the value out"),
        ("plan: !!map {}\n", "FILE:1:7: tags (!name) are not taken; write the value alone"),
        ("plan:\n  lead: 5m\n  lead: 6m\n", "FILE:3:3: plan.lead: given twice, first on line 2"),
        ("plan: {}\nplan: {}\n", "FILE:2:1: plan: given twice, first on line 1"),
        (String(repeating: "[", count: 100_000), "FILE:1:9: nested deeper than 8 levels"),
    ])
    func structure(text: String, problem: String) throws {
        let problems = try ConfigurationFixture.problems(text)
        #expect(problems == [problem])
    }

    @Test(arguments: [
        ("plan: 5", "FILE:1:1: plan: not a section; expected keys under it: resources, "),
        ("plan:\nprobes:\n  disk: true", "FILE:1:1: plan: not a section; expected keys under it: "),
        ("plan: {leed: 5m}", "FILE:1:8: plan.leed: no such key; did you mean plan.lead?"),
        (
            "plan: {costRatio: 5}",
            "FILE:1:8: plan.costRatio: no such key; did you mean plan.cost_ratio?"
        ),
        ("lead: 5m", "FILE:1:1: lead: no such key; did you mean plan.lead?"),
        (
            "plan.lead: 5m",
            "FILE:1:1: plan.lead: no such key; write each of its words under the one before, as sections"
        ),
        (
            "zzzzzzzz: 5m",
            "FILE:1:1: zzzzzzzz: no such key; known here: sampling, probes, forecast, plan, "
        ),
        ("\"\\e[31m\": 5", "FILE:1:1: \"\\U0000001b[31m\": no such key; "),
        ("\"\": 5", "FILE:1:1: \"\": no such key; "),
    ])
    func keys(text: String, problem: String) throws {
        let problems = try ConfigurationFixture.problems(text)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(problem) == true, "\(problems)")
    }

    private static let nines = String(repeating: "9", count: 60)
    private static let badValues: [(String, String, String)] = [
        ("plan.lead", "", "nothing is given; expected a duration from 0 to 7d, such as 5m"),
        ("plan.lead", "300", "\"300\" has no unit; expected a duration from 0 to 7d, such as 5m"),
        (
            "plan.lead", "5M",
            "\"5M\": \"M\" is none of the units d, h, m, s, ms, us, ns; expected a duration from 0 to 7d, such as 5m; did you mean 5m?"
        ),
        ("plan.lead", "8d", "\"8d\" is out of range; expected a duration from 0 to 7d, such as 5m"),
        (
            "plan.lead", "-1s",
            "\"-1s\" is out of range; expected a duration from 0 to 7d, such as 5m"
        ),
        (
            "plan.lead", "1e3s",
            "\"1e3s\": \"e3s\" is none of the units d, h, m, s, ms, us, ns; expected a duration from 0 to 7d, such as 5m"
        ),
        ("plan.lead", "{}", "a section; expected a duration from 0 to 7d, such as 5m"),
        ("plan.lead", "[5m]", "a list; expected a duration from 0 to 7d, such as 5m"),
        (
            "plan.cost_ratio", "\"19\"",
            "\"19\" in quotes is text; expected a positive ratio of at most 1e9, such as 19"
        ),
        (
            "plan.cost_ratio", "0",
            "\"0\" is out of range; expected a positive ratio of at most 1e9, such as 19"
        ),
        (
            "plan.cost_ratio", "nan",
            "\"nan\" is not a number; expected a positive ratio of at most 1e9, such as 19"
        ),
        (
            "plan.cost_ratio", "0x10",
            "\"0x10\" is not a number; expected a positive ratio of at most 1e9, such as 19"
        ),
        (
            "plan.cost_ratio", "1e999",
            "\"1e999\" is not a number; expected a positive ratio of at most 1e9, such as 19"
        ),
        (
            "plan.memory.chunk", "64mib",
            "\"64mib\": \"mib\" is none of the units TiB, GiB, MiB, KiB, TB, GB, MB, kB, B; expected a size above 0, such as 64MiB; did you mean 64MiB?"
        ),
        (
            "plan.memory.chunk", "0B",
            "\"0B\" is out of range; expected a size above 0, such as 64MiB"
        ),
        (
            "plan.memory.chunk", "9999999TiB",
            "\"9999999TiB\" is out of range; expected a size above 0, such as 64MiB"
        ),
        (
            "sampling.max_cgroups", "1.5",
            "\"1.5\" is not a whole number; expected a whole number from 16 to 1000000"
        ),
        (
            "sampling.max_cgroups", "99999999999999999999",
            "\"99999999999999999999\" is not a whole number; expected a whole number from 16 to 1000000"
        ),
        (
            "sampling.ring_size", "3MiB",
            "\"3MiB\" is not a power of two; expected a power of two from 64KiB to 1GiB, such as 1MiB; or auto"
        ),
        (
            "probes.disk", "yes",
            "\"yes\" is neither true nor false; expected true or false; did you mean true?"
        ),
        (
            "probes.disk", "flase",
            "\"flase\" is neither true nor false; expected true or false; did you mean false?"
        ),
        ("probes.disk", "~", "\"~\" is neither true nor false; expected true or false"),
        (
            "output.log_level", "warn",
            "\"warn\" is none of them; expected one of trace, debug, info, notice, warning, error, critical"
        ),
        (
            "recording.path", "night.hrr",
            "\"night.hrr\" does not begin with /; expected a path, in a file from /; or none"
        ),
        (
            "runtime.directory", "\"/run/a\\nb\"",
            "\"/run/a\\nb\" is not a path; expected a path, in a file from /"
        ),
        (
            "plan.lead", "\(nines)9999999s",
            "\"\(nines)…\" is out of range; expected a duration from 0 to 7d, such as 5m"
        ),
    ]

    @Test(arguments: badValues)
    func values(key: String, value: String, problem: String) throws {
        let words = key.split(separator: ".").map(String.init)
        var text = ""
        for (depth, word) in words.enumerated() {
            text += String(repeating: " ", count: depth) + word + ":"
            text += depth == words.count - 1 ? " \(value)\n" : "\n"
        }
        let problems = try ConfigurationFixture.problems(text)
        let found = problems.first.map { String($0.split(separator: " ", maxSplits: 1)[1]) }
        #expect(problems.count == 1)
        #expect(found == "\(key): \(problem)")
        #expect(problems.first?.hasPrefix("FILE:\(words.count):") == true)
    }

    @Test(arguments: [
        ("[]", "a list of 0"), ("[1m, 2m, 3m, 4m]", "a list of 4"),
        ("[1m, 1m]", "a lead time is given twice"), ("5m", "\"5m\" is not a list"),
        ("[1m, x]", "\"x\" is not a number with a unit"), ("[1m, [2m]]", "a list"),
    ])
    func lists(value: String, reason: String) throws {
        let problems = try ConfigurationFixture.problems("forecast:\n  horizons: \(value)\n")
        let expected = "; expected a list of 1 to 3 lead times from 1s to 7d, such as [1m, 5m]"
        #expect(problems.map { $0.hasSuffix("forecast.horizons: \(reason)\(expected)") } == [true])
    }

    @Test func anElementOfAListIsPointedTo() throws {
        let problems = try ConfigurationFixture.problems(
            "forecast:\n  quantiles:\n    - 0.5\n    - 2\n"
        )
        #expect(
            problems.first?.hasPrefix("FILE:4:7: forecast.quantiles: \"2\" is out of range") == true
        )
    }

    @Test func everythingThatIsWrongIsTold() throws {
        let problems = try ConfigurationFixture.problems(
            "plan:\n  leed: 5m\n  cost_ratio: x\nprobes:\n  disk: 7\n"
        )
        #expect(problems.map { $0.prefix(8) } == ["FILE:2:3", "FILE:3:1", "FILE:5:9"])
    }

    @Test func aFileOfNonsenseIsReadOnlySoFar() throws {
        let text = (0..<50_000).map { "key\($0): 1\n" }.joined()
        #expect(try ConfigurationFixture.problems(text).count == 20)
    }

    @Test func bytesThatAreNotUTF8AreFound() throws {
        let fixture = try ConfigurationFixture(Array("plan:\n  é: ".utf8) + [0xFF, 0x0A])
        #expect(
            fixture.problems == ["FILE:2:6: byte 0xff is not UTF-8; expected a text file in UTF-8"]
        )
        let wide = try ConfigurationFixture([0xFF, 0xFE, 0x61, 0x00])
        #expect(wide.problems.first?.hasPrefix("FILE:1:1: byte 0xff is not UTF-8") == true)
    }

    /// A bomb of nine levels would be 10^9 values.
    @Test func anAnchorBombIsRefusedBeforeItGrows() throws {
        var text = "a0: &a0 [x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let start = ContinuousClock.now
        #expect(try ConfigurationFixture.problems(text).first?.contains("anchors") == true)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func whatIsNoFileOfAMebibyteIsRefused() throws {
        func problem(_ path: String) -> String {
            do throws(ConfigurationError) {
                _ = try EffectiveConfiguration(file: path, runtimeDirectory: nil)
                return ""
            } catch {
                return error.problems.joined()
            }
        }
        let expected = "; expected a YAML file of at most 1 MiB"
        #expect(problem("/tmp") == "/tmp: a directory" + expected)
        #expect(problem("/dev/zero") == "/dev/zero: not a regular file" + expected)
        #expect(problem("/no/such") == "/no/such: cannot be opened: No such file or directory")
        let comment = Array("plan: {}\n#".utf8)
        let limit = 1 << 20
        let full = comment + Array(repeating: UInt8(ascii: "x"), count: limit - comment.count)
        #expect(try ConfigurationFixture(full).problems == [])
        #expect(
            try ConfigurationFixture(full + [0x0A]).problems == [
                "FILE: larger than 1 MiB" + expected
            ]
        )
    }
}
