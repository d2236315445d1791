import Glibc
import Testing

/// `measured` lies within `share` of `truth`.
func expectClose(
    _ measured: UInt64, _ truth: UInt64, within share: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let gap = (Double(measured) - Double(truth)).magnitude
    #expect(
        gap <= Double(truth) * share,
        "\(what): measured \(measured), truth \(truth), off by \(gap / max(1, Double(truth)) * 100) %",
        sourceLocation: sourceLocation)
}

/// `measured` lies between two readings of the truth, the earlier taken before it and the later
/// after it, or within `share` of one of them. For a sum that may still grow meanwhile: the last
/// microseconds of a process come to its cgroup after its parent has been told that it ended,
/// milliseconds after on an emulated CPU.
func expectClose(
    _ measured: UInt64, from earlier: UInt64, to later: UInt64, within share: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let truth = min(max(measured, earlier), later)
    expectClose(measured, truth, within: share, what, sourceLocation: sourceLocation)
}

/// Whether it comes to be so while it is looked at, twenty times a second, for so many seconds; what looking takes comes on top.
func comesTrue(within seconds: Int, _ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<seconds * 20 {
        if try condition() { return true }
        usleep(50_000)
    }
    return false
}
