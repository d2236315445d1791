internal import Agent
internal import ArgumentParser
internal import Glibc
internal import History

/// The history as where traces come from.
struct HistorySource: ParsableArguments {
    @Flag(help: "Take demand from the agent's history instead of traces.")
    var fromHistory = false

    @OptionGroup var selection: DemandSelection
    @OptionGroup var range: HistoryRange

    func validate(_ traces: [String]) throws {
        if fromHistory, let first = traces.first {
            throw ValidationError("\(first): --from-history takes the place of traces")
        }
        if !fromHistory {
            let isChosen = range.since != nil || range.until != nil || range.directory != nil || range.location.config != nil
            if isChosen || !selection.isDefault {
                throw ValidationError("--since, --until, --history, --config, --cgroup, --step, --by and --peaks need --from-history")
            }
            if traces.isEmpty { throw ValidationError("at least one trace is needed, or --from-history") }
        }
    }

    /// Runs `body` on the traces, or on those that the history makes, which are gone after.
    func withTraces(_ traces: [String], _ body: ([String]) throws -> Void) throws {
        guard fromHistory else { return try body(traces) }
        try TemporaryTraces.with(selection.traces(of: range), body)
    }
}

extension DemandSelection {
    /// Whether nothing of it was asked for.
    fileprivate var isDefault: Bool { step == 60 && by == .cgroup && !peaks && cgroup.isEmpty }
}

/// Traces that are there for a moment.
enum TemporaryTraces {
    /// Writes them to a directory of their own and removes it after `body`.
    static func with(_ traces: HistoryTraces, _ body: ([String]) throws -> Void) throws {
        var name = Array("\(EnvironmentVariable.value(of: "TMPDIR") ?? "/tmp")/headroom-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else { throw AgentError.system("mkdtemp", "a directory for traces") }
        let directory = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var made: [String] = []
        defer {
            for path in made { unsafe unlink(path) }
            unsafe rmdir(directory)
        }
        made = try traces.write(to: directory)
        try body(made)
    }
}
