internal import Agent
@unsafe @preconcurrency internal import Glibc

/// Standard output, which `print` writes to behind a buffer and without a word about errors.
enum StandardOutput {
    /// Takes the places of descriptors that this process was started without, so that no file it opens becomes one of them and gets
    /// what is printed. Writing to such a place fails, as it did before.
    static func claimDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free one, which is this one.
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes what `print` still holds. Before the end of a command that succeeded: a full disk would leave half a file behind it.
    /// - Throws: what was lost, with `errno`'s reason.
    static func finish() throws(AgentError) {
        guard unsafe fflush(stdout) == 0 && ferror(stdout) == 0 else { throw .system("write", "standard output") }
    }
}
