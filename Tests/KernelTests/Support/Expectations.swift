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
