internal import Glibc

/// A round of `headroom-connect fleet` over a whole cluster, its answers over HTTP from this process:
/// how long, beside receiving the same bytes and dropping them, and the most memory it ever had, with
/// a day of history learned before where the note says so.
enum FleetBench {
    static let name = "fleet"
    private static let resources = 2

    static func run(_ context: BenchContext) throws {
        let command = context.beside("headroom-connect")
        guard unsafe access(command, X_OK) == 0 else {
            return context.report.skip(name, "a round", "\(command) is not there: build it with scripts/bench")
        }
        let sizes = context.quick ? [100, 5_000] : [100, 500, 1_000, 2_500, 5_000]
        for form in [FleetShape.Form.sums, .rows] {
            for nodes in sizes { try measure(FleetShape(nodes: nodes, form: form), command, context) }
        }
        if !context.quick { try measure(FleetShape(nodes: 5_000, form: .distinct), command, context) }
    }

    private static func measure(_ shape: FleetShape, _ command: String, _ context: BenchContext) throws {
        let answers = FleetAnswers(shape)
        let bytes = answers.roundBytes
        let server = try PrometheusStandIn(answers)
        // What is learned of the sums is the same in each form.
        let days = shape.form == .sums || shape.form == .rows && shape.nodes == 5_000 ? 1 : 0
        let count = context.rounds(12, quick: 8)
        // Two that are not counted: the first has the history, and the second what that left to do.
        let planner = try FleetProcess(command: command, port: server.port, historyDays: days)
        let rounds = try planner.rounds(atLeast: count + 2, within: 900)
        let counted = rounds[2...]
        for round in counted where round.series != shape.rows * resources || round.applications != shape.applications {
            throw BenchError(
                "a round of \(round.series) rows and \(round.applications) applications, expected \(shape.rows * resources) and \(shape.applications)"
            )
        }
        let peak = try planner.peakBytes()
        planner.end()
        let floor = try (0..<count).map { _ in try receive(server.port) }
        let title = "\(shape.nodes) nodes × \(FleetShape.perNode), \(words(shape))"
        context.report.add(
            Figure(
                name, "a round, \(title)", unit: "ms", Spread(counted.map { $0.seconds * 1e3 }),
                against: "receiving it", Spread(floor), target: 2_000,
                note:
                    "\(shape.rows) rows a resource, \(shape.applications) applications, \(Report.number(Double(bytes) / 1e6)) MB a round; the first, \(days == 1 ? "with a day" : "without any") of history: \(Report.number(rounds[0].seconds)) s"
            ))
        context.report.add(
            Figure(name, "peak RSS, \(title)", unit: "MiB", Spread(exactly: peak / 1_048_576), target: 1_024))
    }

    private static func words(_ shape: FleetShape) -> String {
        switch shape.form {
        case .sums: "sums"
        case .rows: "a row each"
        case .distinct: "all distinct"
        }
    }

    /// The round's queries by the barest client: milliseconds.
    private static func receive(_ port: Int) throws -> Double {
        let connection = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        guard connection >= 0 else { throw BenchError.last("socket", "TCP") }
        try Loopback.connect(connection, Loopback.address(port: port))
        let start = Clock.monotonic()
        for selector in ["headroom:application_cpu_cores:sum", "headroom:application_memory_bytes:sum"] {
            for query in ["max(timestamp(\(selector)))", "avg(up)", "last_over_time(\(selector)[3s])"] {
                _ = try Wire.post(connection, "/api/v1/query", "query=\(query)")
            }
        }
        return Double(Clock.monotonic() - start) / 1e6
    }
}
