import Fleet
import Synchronization

/// A Prometheus whose figures a test sets.
final class ScriptedStore: MetricStore {
    struct Script: Sendable {
        /// Its own present, Unix seconds.
        var now = 1_000_000.0
        /// Of the newest sample; nil: there is none.
        var newest: Double? = 1_000_000
        /// Share of agents that answer; nil: it knows none.
        var answering: Double? = 1
        var values: [(name: String, value: String)] = []
        /// Thrown instead of an answer.
        var failure: PrometheusFailure?
        /// The same, of range queries alone.
        var rangeFailure: PrometheusFailure?
        var rangeQueries = 0
        /// How long a range query takes.
        var rangeDelay = Duration.zero
        /// Of samples that Prometheus has marked as ended; nil: there were none.
        var lastSeen: Double?
        /// Of queries that have the key in them, instead of `values`.
        var bySelector: [String: [(name: String, value: String)]] = [:]
        /// How much older than `newest` the samples of such queries are, seconds.
        var ages: [String: Double] = [:]

        func values(of query: String) -> [(name: String, value: String)] {
            bySelector.first { query.contains($0.key) }?.value ?? values
        }

        func newest(of query: String) -> Double? {
            newest.map { $0 - (ages.first { query.contains($0.key) }?.value ?? 0) }
        }
    }

    let script = Mutex(Script())

    func set(_ change: (inout sending Script) -> Void) { script.withLock { change(&$0) } }

    func instant(_ query: String, label: String, at time: Double?) async throws -> SeriesTable {
        let now = script.withLock { $0 }
        if let failure = now.failure { throw failure }
        return try SeriesTable(answer: Self.text(query, now))
    }

    func range(_ query: String, label: String, _ range: TimeRange) async throws -> SeriesTable {
        let now = script.withLock { script in
            script.rangeQueries += 1
            return script
        }
        if now.rangeDelay > .zero { try await Task.sleep(for: now.rangeDelay) }
        if let failure = now.failure ?? now.rangeFailure { throw failure }
        let rows = now.values(of: query).map { value in
            let points = (0..<range.pointCount).map { "[\(range.start + Int64($0) * range.step),\"\(value.value)\"]" }
            return "{\"metric\":{\"application\":\"\(value.name)\"},\"values\":[\(points.joined(separator: ","))]}"
        }
        return try SeriesTable(answer: Self.answer("matrix", rows))
    }

    /// The answer to an instant query.
    static func text(_ query: String, _ now: Script) -> String {
        func single(_ value: Double?) -> String { vector(now.now, value.map { [("", "\($0)")] } ?? []) }
        if query.hasPrefix("max(timestamp(") { return single(now.newest(of: query)) }
        if query.hasPrefix("max(max_over_time(timestamp(") { return single(now.lastSeen) }
        if query.hasPrefix("avg(") { return single(now.answering) }
        if query.hasPrefix("count(") { return single(Double(now.values(of: query).count)) }
        return vector(now.now, now.values(of: query))
    }

    static func table(_ time: Double, _ rows: [(name: String, value: String)]) throws -> SeriesTable {
        try SeriesTable(answer: vector(time, rows))
    }

    private static func vector(_ time: Double, _ rows: [(name: String, value: String)]) -> String {
        answer(
            "vector",
            rows.map { row in
                let metric = row.name.isEmpty ? "" : "\"application\":\"\(row.name)\""
                return "{\"metric\":{\(metric)},\"value\":[\(time),\"\(row.value)\"]}"
            })
    }

    private static func answer(_ type: String, _ rows: [String]) -> String {
        "{\"status\":\"success\",\"data\":{\"resultType\":\"\(type)\",\"result\":[\(rows.joined(separator: ","))]}}"
    }
}

extension SeriesTable {
    /// Of an answer's text, its rows named by the label `application`.
    init(answer: String) throws(PrometheusFailure) {
        switch try AnswerParser.parse(Array(answer.utf8), label: "application") {
        case .success(let table): self = table
        case .error(_, let message): throw PrometheusFailure(.other, message)
        }
    }
}
