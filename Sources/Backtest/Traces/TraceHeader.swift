internal import Aggregates

/// The header of a trace, checked.
struct TraceHeader {
    /// Resource of each field after the time; `nil` for an ignored one.
    let columns: [Resource?]
    let ignored: [String]

    init(line: [UInt8], path: String) throws(TraceError) {
        let text = line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line[...]
        let names = text.split(separator: 0x2C, omittingEmptySubsequences: false)
            .map { String(decoding: TraceReader.trimmed($0), as: UTF8.self) }
        guard names.first == "timestamp_s" else {
            let found = String((names.first ?? "").prefix(40))
            throw TraceError(path: path, line: 1, problem: .firstColumn(found))
        }
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw TraceError(path: path, line: 1, problem: .duplicateColumn(name))
        }
        columns = names.dropFirst().map { Resource(name: $0) }
        ignored = names.dropFirst().filter { Resource(name: $0) == nil }
        guard columns.contains(where: { $0 != nil }) else {
            throw TraceError(path: path, line: 1, problem: .noKnownColumn)
        }
    }
}
