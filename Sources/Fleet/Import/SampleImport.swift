internal import Aggregates
package import Logging

/// Samples of a Prometheus over a time, as JSON lines: what `headroom import` reads. One task.
///
/// Asks in parts, so that no series of an answer has more than Prometheus' 11 000 points and all of a part fit into some
/// tens of MiB. Lines come in the order of time.
package struct SampleImport: Sendable {
    private let store: any MetricStore
    private let span: TimeRange
    private let logger: Logger
    /// Of all series of a part: 6 figures each.
    private static let pointsAPart = 200_000
    private static let attempts = 4
    /// A count that says more is believed up to here.
    private static let mostNames = 1_000_000

    /// - Parameter span: ends of samples, which are as long as its step.
    package init(_ store: any MetricStore, span: TimeRange, logger: Logger) {
        self.store = store
        self.span = span
        self.logger = logger
    }

    /// Whose metrics there are: of headroom, else of cAdvisor. - Throws: where there are neither, or of several nodes.
    package func origin(_ wanted: SampleQueries.Origin?, select: String) async throws -> SampleQueries.Origin {
        for origin in SampleQueries.Origin.allCases where wanted == nil || wanted == origin {
            let queries = SampleQueries(origin, select: select, rateSeconds: span.step, stepSeconds: span.step)
            guard let witness = queries.witness else { continue }
            let instances = try await instant(
                "count(count by (instance) (last_over_time(\(witness.text)[\(whole)s])))")
            guard let count = instances.single?.valueAsCount(upTo: Self.mostNames), count >= 1 else { continue }
            guard count < 2 else {
                throw PrometheusFailure(
                    .badData,
                    "\(witness.text) is of \(count) instances, whose cgroups have the same paths; choose one node with --select, such as --select 'instance=\"node7:8080\"'"
                )
            }
            return origin
        }
        let names = wanted.map { "metrics of \($0.rawValue)" } ?? "metrics of headroom or cAdvisor"
        throw PrometheusFailure(
            .badData,
            "there are no \(names) within that time\(select.isEmpty ? "" : " with \(select)"); expected such as container_cpu_usage_seconds_total, or ask for others with --query"
        )
    }

    private var whole: Int64 { max(60, span.end - span.start + span.step) }

    /// - Returns: how many lines.
    package func run(_ queries: SampleQueries, write: ([UInt8]) throws -> Void) async throws -> Int {
        guard span.pointCount > 0 else { return 0 }
        let applications = try await applications(queries)
        let names = try await cgroupCount(queries)
        let points = min(TimeRange.pointLimit, max(1, Self.pointsAPart / max(1, names)))
        var (lines, partial, unusable) = (0, 0, 0)
        var measured: [String: UInt8] = [:]
        for part in span.split(points: points) {
            var grid = SampleGrid(part, applications: applications, measured: measured)
            for query in queries.queries { try grid.add(try await range(query, part), query.resource) }
            let answer = grid.lines
            lines += answer.count
            partial += answer.partial
            unusable += grid.unusable
            measured = grid.measured
            try write(answer.text)
        }
        if partial > 0 {
            logger.notice(
                "\(partial) samples of CPU without memory, or of memory without CPU, are left out: such is where a cgroup begins and ends")
        }
        if unusable > 0 {
            logger.warning("\(unusable) samples are not within 0..<1e18 and are left out")
        }
        return lines
    }

    private func cgroupCount(_ queries: SampleQueries) async throws -> Int {
        if let witness = queries.witness {
            let count = try await instant(
                "count(count by (\(witness.label)) (last_over_time(\(witness.text)[\(whole)s])))")
            return count.single?.valueAsCount(upTo: Self.mostNames) ?? 1
        }
        // Of the present: queries of people may be anything.
        var most = 1
        for query in queries.queries {
            most = max(most, try await instant("count(\(query.text))").single?.valueAsCount(upTo: Self.mostNames) ?? 1)
        }
        return most
    }

    private func applications(_ queries: SampleQueries) async throws -> [String: String] {
        guard let names = queries.names else { return [:] }
        let text = names.text.split(separator: "RANGE").joined(separator: "\(whole)s")
        let table = try await patiently { try await store.instant(text, label: names.label, at: Double(span.end)) }
        var applications: [String: String] = [:]
        for name in table.names {
            let parts = name.split(separator: "\t", maxSplits: 1)
            if parts.count == 2 { applications[String(parts[0])] = String(parts[1]) }
        }
        return applications
    }

    private func instant(_ query: String) async throws -> SeriesTable {
        try await patiently { try await store.instant(query, label: "", at: Double(span.end)) }
    }

    private func range(_ query: SampleQueries.Query, _ part: TimeRange) async throws -> SeriesTable {
        try await patiently { try await store.range(query.text, label: query.label, part) }
    }

    /// A week is a long time to be asked for: what may go better later is tried again.
    private func patiently<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
        for attempt in 1..<Self.attempts {
            do {
                return try await ask()
            } catch let failure as PrometheusFailure where failure.isRetriable {
                logger.warning("\(failure); asked again in \(attempt) s")
                try await Task.sleep(for: .seconds(attempt))
            }
        }
        return try await ask()
    }
}

/// The samples of a part, by name and time.
struct SampleGrid {
    private let part: TimeRange
    private let applications: [String: String]
    /// By name and bit, of CPU and memory: which it ever had. A line with one of them alone would say that the other was 0.
    private(set) var measured: [String: UInt8]
    private static let needed: [Resource] = [.cpu, .memory]
    private var places: [String: Int] = [:]
    private var names: [String] = []
    /// By name, then time, then resource.
    private var values: [Double] = []
    /// Samples that are negative, infinite, or more than there can be; NaN is none.
    private(set) var unusable = 0
    /// Of all names, each with 6 figures: 200 MB. How many names there are is asked for before; an answer may have more.
    static let pointLimit = 4_000_000

    init(_ part: TimeRange, applications: [String: String], measured: [String: UInt8]) {
        self.part = part
        self.measured = measured
        self.applications = applications
    }

    /// - Throws: where the names are so many more than were counted that they do not fit.
    mutating func add(_ table: SeriesTable, _ resource: Resource) throws(PrometheusFailure) {
        guard resource != .requests else { return }
        for row in table.rows {
            let name = row.name.map { table.names[$0] } ?? "/"
            let place: Int
            if let known = places[name] {
                place = known
            } else {
                place = names.count
                guard (place + 1) * part.pointCount <= Self.pointLimit else {
                    throw PrometheusFailure(
                        .tooLarge,
                        "\(resource.name): more than \(place) cgroups with \(part.pointCount) samples each, more than were counted before; import a shorter time, with a longer --step, or of fewer cgroups with --select"
                    )
                }
                places[name] = place
                names.append(name)
                values += [Double](repeating: .nan, count: part.pointCount * 6)
            }
            if Self.needed.contains(resource) { measured[name, default: 0] |= 1 << resource.rawValue }
            for point in table.points(of: row) {
                let time = Int((Int64(point.time.rounded()) - part.start) / part.step)
                guard time >= 0, time < part.pointCount else { continue }
                guard point.isUsable else {
                    if !point.value.isNaN { unusable += 1 }
                    continue
                }
                values[(place * part.pointCount + time) * 6 + Int(resource.rawValue)] = point.value
            }
        }
    }

    /// `window` lines, by time and then name.
    var lines: (text: [UInt8], count: Int, partial: Int) {
        var text: [UInt8] = []
        var count = 0
        var partial = 0
        let order = names.indices.sorted { names[$0] < names[$1] }
        let heads = names.map { head($0) }
        let masks = names.map { measured[$0] ?? 0 }
        for time in 0..<part.pointCount {
            for place in order {
                let start = (place * part.pointCount + time) * 6
                guard values[start..<start + 6].contains(where: { !$0.isNaN }) else { continue }
                let isPartial = Self.needed.contains {
                    masks[place] >> $0.rawValue & 1 == 1 && values[start + Int($0.rawValue)].isNaN
                }
                guard !isPartial else {
                    partial += 1
                    continue
                }
                text += heads[place]
                text += Array("\(part.start + Int64(time) * part.step)".utf8)
                for resource in Resource.measured {
                    let value = values[start + Int(resource.rawValue)]
                    guard !value.isNaN else { continue }
                    text += Array(",\"\(resource.fieldName)\":".utf8)
                    JSONText.number(value).append(to: &text)
                }
                text += Array("}\n".utf8)
                count += 1
            }
        }
        return (text, count, partial)
    }

    /// A line up to its time. A name is a path, or a path, namespace and pod, or an application's.
    private func head(_ name: String) -> [UInt8] {
        let parts = name.split(separator: "\t", omittingEmptySubsequences: false)
        let isPath = name.hasPrefix("/")
        let path = isPath ? String(parts[0]) : "/" + name
        var application = isPath ? applications[path] : name
        if isPath, parts.count == 3, !parts[1].isEmpty, !parts[2].isEmpty { application = "\(parts[1])/Pod/\(parts[2])" }
        var members: [(String, JSONText)] = [
            ("type", .text("window")), ("cgroup", .text(path)), ("duration_s", .integer(UInt64(part.step))),
        ]
        if let application { members.append(("application", .text(application))) }
        var text: [UInt8] = []
        JSONText.object(members).append(to: &text)
        text.removeLast()
        return text + Array(",\"time_s\":".utf8)
    }
}
