package import Foundation

/// What a program's own help shows under EXAMPLES, so that tests can run it.
package enum HelpExamples {
    /// One line of a help text, without `sudo` and without the words that explain it.
    package struct Example: Sendable {
        /// The command whose help has it: "headroom maps get".
        package var command: String
        /// As a shell takes it.
        package var line: String
    }

    /// Of every command that the help shows, in its order.
    package struct Help: Sendable {
        package var commands: [String] = []
        package var examples: [Example] = []
        /// Lines of tables and examples that a terminal of 80 columns would break in two.
        package var tooWide: [String] = []

        package var withoutExamples: [String] {
            commands.filter { command in !examples.contains { $0.command == command } }
        }
    }

    /// - Parameter program: built with swift-argument-parser.
    package static func of(program: URL) throws -> Help {
        let process = Process()
        process.executableURL = program
        process.arguments = ["--experimental-dump-help"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        var help = Help()
        add(try JSONDecoder().decode(Dump.self, from: data).command, below: "", to: &help)
        return help
    }

    private struct Dump: Decodable {
        var command: Command
    }

    private struct Command: Decodable {
        var commandName: String
        var discussion: String?
        var shouldDisplay: Bool?
        var subcommands: [Command]?
    }

    private static func add(_ command: Command, below parent: String, to help: inout Help) {
        guard command.shouldDisplay ?? true, command.commandName != "help" else { return }
        let name = parent + command.commandName
        help.commands.append(name)
        help.examples += lines(command.discussion ?? "").map { Example(command: name, line: $0) }
        help.tooWide += (command.discussion ?? "").split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("  ") && $0.count > 80 }
        for below in command.subcommands ?? [] { add(below, below: name + " ", to: &help) }
    }

    /// Command lines of the section EXAMPLES; what is not one (captions, configuration) is left out.
    static func lines(_ discussion: String) -> [String] {
        guard let start = discussion.range(of: "EXAMPLES\n") else { return [] }
        let section = discussion[start.upperBound...].components(separatedBy: "\n\n")[0]
        // A line that goes on on the next is one.
        let joined = section.split(separator: "\\\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
        return joined.split(separator: "\n").compactMap { text in
            var line = text.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("sudo ") { line.removeFirst(5) }
            guard line.hasPrefix("headroom") else { return nil }
            // What explains it stands behind three spaces or more.
            return line.components(separatedBy: "   ")[0]
        }
    }
}
