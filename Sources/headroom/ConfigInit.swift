internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Settings

/// `headroom config init`: a file to begin with.
struct ConfigInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a configuration file with every key, its default and what it is for.",
        discussion: """
            Prints it, or makes FILE, which must not exist. Keep what you change and leave out the \
            rest: what is not in a file follows the defaults of later versions.

            EXAMPLES
              headroom config init | less
              sudo headroom config init /etc/headroom/headroom.yaml
            """
    )

    @Argument(help: ArgumentHelp("File to make. (default: standard output)", valueName: "file"))
    var file: String?

    func run() throws {
        guard let file else {
            return try FileOutput.write(ExampleFile.bytes, to: STDOUT_FILENO, "standard output")
        }
        // Readable by all: secrets are in files of their own.
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw AgentError.system("open", file) }
            throw AgentError(
                .failed, "\(file): there is such a file; it stays as it is: name another")
        }
        defer { close(descriptor) }
        try FileOutput.write(ExampleFile.bytes, to: descriptor, file)
        StandardError.complain("\(file): every key with its default; next: headroom config check \(file)")
    }
}
