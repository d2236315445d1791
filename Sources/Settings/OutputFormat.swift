/// What `headroom run` prints.
package enum OutputFormat: String, CaseIterable, Sendable {
    /// The live view on a terminal, what changes in systemd's journal, lines elsewhere.
    case auto
    case lines
    case json
}
