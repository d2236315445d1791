/// What became of an import. Minutes are of one cgroup each.
package struct ImportSummary: Sendable, Hashable {
    package var cgroups = 0
    package var written = 0
    package var files = 0
    package var bytes = 0
    /// Ends of the first and last minute written, Unix nanoseconds.
    package var firstNanoseconds: UInt64?
    package var lastNanoseconds: UInt64?

    // MARK: Left out

    /// The history has them already.
    package var present = 0
    /// Given more than once; the first counts.
    package var repeated = 0
    package var tooOld = 0
    /// End of the first minute that is, Unix nanoseconds.
    package var oldestNanoseconds: UInt64?
    /// Not over two minutes ago, or not over at all: an agent may yet write them.
    package var tooNew = 0
    package var withoutRoom = 0

    package init() {}

    package var left: Int { present + repeated + tooOld + tooNew + withoutRoom }
}
