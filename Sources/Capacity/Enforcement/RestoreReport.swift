/// What became of files that were to be put back.
package struct RestoreReport: Hashable, Sendable {
    /// Hold again what they held.
    package var restored = 0
    /// Of cgroups that are gone.
    package var gone = 0
    /// Changed by others meanwhile, and left as they are.
    package var changed: [String] = []
    /// Could not be written; the journal keeps them.
    package var failures: [String] = []

    package init() {}

    package var isClean: Bool { changed.isEmpty && failures.isEmpty }

    package var sentence: String {
        var parts = ["\(restored) put back"]
        if gone > 0 { parts.append("\(gone) of cgroups that are gone") }
        if !changed.isEmpty {
            parts.append("left, as others changed them: \(changed.joined(separator: ", "))")
        }
        if !failures.isEmpty { parts.append("failed: \(failures.joined(separator: "; "))") }
        return parts.joined(separator: ", ")
    }
}
