/// A program that capacity is asked of, and how it is run.
package struct ProviderProgram: Sendable, Hashable {
    /// The program's path and its arguments.
    package var command: [String]
    /// The user that it runs as, by name or number.
    package var user = "nobody"
    /// How long a request may be without any answer.
    package var timeoutNanoseconds: Int64 = 30_000_000_000

    package init(command: [String]) { self.command = command }

    /// As it is shown: the program's file name.
    package var name: String {
        command.first.map { String($0.split(separator: "/").last ?? "") } ?? ""
    }
}
