/// What one option of a command line sets.
package struct FlagValue: Sendable {
    /// As it was written: `--cost-ratio`.
    package let name: String
    package let text: String
    package let keys: [String]
    /// Narrower keys that a file may have set, and that go back to their default: an option is
    /// about all of them.
    package let resets: [String]

    package init(_ name: String, _ text: String, sets keys: [String], resets: [String] = []) {
        self.name = name
        self.text = text
        self.keys = keys
        self.resets = resets
    }
}
