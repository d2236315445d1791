/// What `headroom run` prints.
package enum OutputFormat: String, CaseIterable, Sendable {
    /// The live view on a terminal, lines elsewhere.
    case auto
    case lines
    case json
}
