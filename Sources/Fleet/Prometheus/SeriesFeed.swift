internal import Aggregates

/// What is new of one recorded series, and its history, with the words for when there is nothing to
/// learn from.
///
/// Asks and remembers nothing: what is known, and up to when, is its caller's.
struct SeriesFeed: Sendable {
    let store: any MetricStore
    /// Where the control series is, how old samples may be, how much history there is.
    let configuration: FleetConfiguration
    let resource: Resource
    let selector: String
    /// Whose values name the rows.
    let label: String
    /// How rows of the same name go together: `sum` or `max`.
    let aggregation: String
    /// What the rows are, for people: `applications`.
    let subject: String
    /// What becomes of it while nothing is learned, for people: `the plan stays as it is`.
    let consequence: String

    enum Answer<Value: Sendable>: Sendable {
        case found(Value)
        /// Why nothing is to be learned.
        case hold(RoundReport.Hold)
    }

    struct Samples: Sendable {
        let table: SeriesTable
        let timeNanoseconds: Int64
        /// Share of the agents that answer, `0...1`.
        let answering: Double
    }

    /// History is read in parts of about so many points.
    private static let pointsAPart = 2_000_000

    private func hold<Value>(_ reason: RoundReport.HoldReason, _ text: String) -> Answer<Value> {
        .hold(.init(resource: resource, reason: reason, text: text))
    }

    /// A query failed. - Parameter isWarm: history has been read.
    func hold(_ error: any Error, isWarm: Bool) -> RoundReport.Hold {
        .init(resource: resource, reason: isWarm ? .unanswered : .noHistory, text: "\(error); \(consequence)")
    }

    /// The newest sample's time, as the value, and Prometheus' present, as the time.
    func newest() async throws -> Answer<SeriesTable.Point> {
        let newest = try await store.instant("max(timestamp(\(selector)))", label: label, at: nil)
        guard let newest = newest.single, let time = newest.valueAsTime else {
            // Where a scrape or a rule fails, Prometheus ends its series at once.
            let ended = try await store.instant(
                "max(max_over_time(timestamp(\(selector))[10m:\(configuration.intervalSeconds)s]))", label: label, at: nil)
            if let ended = ended.single, let last = ended.valueAsTime {
                return hold(
                    .stale,
                    "the samples of \(selector) ended \(Int(ended.time - last)) s ago: no forecast from stale data, \(consequence); do agents answer, and do the recording rules fail?"
                )
            }
            return hold(
                .empty,
                "Prometheus has no samples of \(selector): are the recording rules loaded, and do agents know \(subject)? Until then \(consequence)"
            )
        }
        let age = newest.time - time
        guard age <= Double(configuration.staleSeconds) else {
            return hold(
                .stale,
                "the newest sample of \(selector) is \(Int(age)) s old, more than \(configuration.staleSeconds) s: no forecast from stale data, \(consequence)"
            )
        }
        return .found(newest)
    }

    /// - Parameter known: the time that was learned last, Unix nanoseconds.
    func samples(at newest: SeriesTable.Point, after known: Int64) async throws -> Answer<Samples> {
        let time = Int64((newest.value * 1e9).rounded())
        guard time > known else {
            let behind = Double(known - time) / 1e9
            return hold(
                .nothingNew,
                behind > 0
                    ? "the newest sample of \(selector) is \(Int(behind)) s older than the last learned: Prometheus' clock went back; nothing is learned until it is past that"
                    : "no sample of \(selector) since the last round")
        }
        let control = try await store.instant("avg(\(configuration.control))", label: label, at: newest.time)
        guard let answering = control.single?.value, answering.isFinite else {
            return hold(
                .noControl,
                "Prometheus knows no agents by \(configuration.control): nothing tells who is gone from who was not seen; name their series with --control. Until then \(consequence)"
            )
        }
        let table = try await store.instant(
            "last_over_time(\(selector)[\(configuration.staleSeconds)s])", label: label, at: newest.time)
        guard !table.rows.isEmpty else {
            return hold(.empty, "Prometheus has no samples of \(selector) any more; \(consequence)")
        }
        return .found(Samples(table: table, timeNanoseconds: time, answering: min(1, max(0, answering))))
    }

    // MARK: History

    /// The parts to read, from where what is known ends.
    /// - Parameters:
    ///   - now: Prometheus' present, Unix seconds.
    ///   - known: the time that was learned last, Unix nanoseconds; `Int64.min` before the first.
    func historyParts(until now: Double, after known: Int64) async throws -> [TimeRange] {
        let step = configuration.historyStepSeconds
        let end = Int64(now) / step * step - step
        let start = max(
            end - configuration.historySeconds / step * step,
            known == .min ? .min : known / 1_000_000_000 / step * step + step)
        guard start <= end else { return [] }
        let count = try await store.instant("count(count by (\(label)) (\(selector)))", label: label, at: now)
        let names = max(1, count.single?.valueAsCount(upTo: 1_000_000_000) ?? 1)
        let points = min(TimeRange.pointLimit, max(1, Self.pointsAPart / names))
        return TimeRange(start: start, end: end, step: step).split(points: points)
    }

    func history(_ part: TimeRange) async throws -> SeriesTable {
        try await store.range(
            "\(aggregation) by (\(label)) (last_over_time(\(selector)[\(part.step)s]))", label: label, part)
    }
}
