/// What came over a link and what became of it.
package struct LinkCounts: Sendable, Hashable {
    package var requests: UInt64 = 0
    /// Requests that a later one of the same pool and resource took the place of.
    package var superseded: UInt64 = 0
    package var refusedLines: UInt64 = 0
    package var answers: UInt64 = 0

    /// By name.
    package var all: [String: UInt64] {
        ["requests": requests, "superseded": superseded, "refused_lines": refusedLines, "answers": answers]
    }
}
