internal import ArgumentParser
internal import Connect

extension ParsableCommand {
    /// Wrong usage unless standard input and output can be an agent's.
    func requirePipe() throws {
        do throws(NotAPipe) {
            try ProviderLink.checkStandardStreams()
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
