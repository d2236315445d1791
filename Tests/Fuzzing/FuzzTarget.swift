import Aggregates

/// Something that reads bytes from outside, and what has to hold whatever they are.
///
/// One function for two callers: scripts/fuzz gives it libFuzzer's inputs, CorpusTests those that are kept.
struct FuzzTarget: Sendable {
    /// Of its folder in Corpus, too.
    let name: String
    /// Bytes of an input at most: what is larger finds no more and takes longer.
    let largest: Int
    /// Throws a `Finding` when what has to hold does not. Traps and invalid accesses are findings by themselves.
    let run: @Sendable ([UInt8]) throws -> Void

    static let all: [FuzzTarget] = [
        .traceReader, .gzip, .configuration, .checkpoint, .history, .report, .sharedTable, .ringRecords, .cgroupPath,
        .httpRequest, .kubernetesWatch, .prometheusAnswer,
    ]
}

/// Something that has to hold and does not.
struct Finding: Error, CustomStringConvertible {
    let description: String
}

func demand(_ holds: Bool, _ text: @autoclosure () -> String) throws(Finding) {
    if !holds { throw Finding(description: text()) }
}

/// What is shown of bytes from outside moves no cursor and breaks no line.
func demandHarmless(_ text: String, _ what: String) throws(Finding) {
    try demand(TableText.visible(text) == text, "control characters in \(what): \(text.debugDescription)")
}
