import Glibc

/// The processes of TableStressTests: one that writes the shared table, and those that read it.
///
///     table-stress write DIRECTORY            until its input ends
///     table-stress read DIRECTORY SECONDS
///     table-stress stop DIRECTORY             SIGSTOP in the middle of a read
///     table-stress die DIRECTORY              SIGKILL in the middle of a read
@main enum TableStress {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let what = arguments.first, let directory = arguments.dropFirst().first else { exit(2) }
        switch what {
        case "write":
            var writer = try Writer(directory: directory)
            writer.run()
        case "read":
            var reader = try Reader(directory: directory)
            reader.run(seconds: arguments.last.flatMap { Double($0) } ?? 1)
        case "stop", "die":
            var reader = try Reader(directory: directory)
            reader.stop(with: what == "stop" ? SIGSTOP : SIGKILL)
        default: exit(2)
        }
    }
}
