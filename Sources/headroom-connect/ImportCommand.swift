internal import Aggregates
internal import ArgumentParser
internal import Capacity
internal import Fleet
internal import Glibc
internal import Logging

/// `headroom-connect import`: Prometheus' samples as JSON lines, for `headroom import --prometheus`, which runs it.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Write Prometheus' samples of one node's cgroups as JSON lines, for `headroom import`.",
        discussion: """
            EXAMPLES
              headroom-connect import --prometheus http://prometheus:9090 \\
                  --start 1795231200 --end 1795234800 \\
                  --query 'cpu=rate(busy_seconds_total[2m])'
            """)

    @OptionGroup(title: "Prometheus") var connection: PrometheusFlags
    @Option(help: "From then on, Unix seconds.") var start: Int64
    @Option(help: "Until then, Unix seconds.") var end: Int64
    @Option(help: "Seconds between samples.") var step: Int64 = 60
    @Option(help: "Whose metrics: cadvisor or headroom. (default: what there is)") var metrics: String?
    @Option(help: "Label matchers of the node's series.") var select = ""
    @Option(help: ArgumentHelp("A resource and what to ask instead.", valueName: "resource=promql")) var query: [String] = []
    @Option(help: "The label of --query's answers that names cgroups or applications.") var label = "id"
    @Option(help: "Seconds that rates are taken over. (default: two minutes, or the step where that is longer)") var rate: Int64?

    func validate() throws {
        guard (1...86_400).contains(step) else { throw ValidationError("--step: \(step); expected 1 to 86400 seconds") }
        guard start >= 0, end <= 9_000_000_000, start < end else {
            throw ValidationError("--start, --end: \(start) to \(end); expected Unix seconds, the end after the start")
        }
        if let rate, !(1...86_400).contains(rate) { throw ValidationError("--rate: \(rate); expected 1 to 86400 seconds") }
        _ = try origin()
        _ = try own()
        if !query.isEmpty, !select.isEmpty || metrics != nil {
            throw ValidationError("--query: takes the place of --metrics and --select; write matchers into it")
        }
    }

    private func origin() throws -> SampleQueries.Origin? {
        guard let metrics else { return nil }
        guard let origin = SampleQueries.Origin(rawValue: metrics) else {
            throw ValidationError("--metrics: \"\(metrics)\"; expected cadvisor or headroom")
        }
        return origin
    }

    private func own() throws -> [(Resource, String)] {
        try query.map { text in
            guard let equals = text.firstIndex(of: "="), let resource = Resource(name: String(text[..<equals])),
                resource != .requests, text.index(after: equals) < text.endIndex
            else {
                throw ValidationError(
                    "--query: \"\(text)\"; expected one of \(Resource.measured.map(\.name).joined(separator: ", ")), = and a query, such as cpu=sum by (id) (rate(container_cpu_usage_seconds_total[2m]))"
                )
            }
            return (resource, String(text[text.index(after: equals)...]))
        }
    }

    func run() async throws {
        var logger = Logger(label: "headroom-connect") { StreamLogHandler.standardError(label: $0) }
        logger[metadataKey: "command"] = "import"
        var options = try connection.options()
        // A week of all containers takes Prometheus a while.
        options.timeLimit = .seconds(120)
        let store: PrometheusClient
        do throws(PrometheusFailure) {
            store = try PrometheusClient(options: options, logger: logger)
        } catch {
            throw ValidationError("--prometheus, --ca-file, --token-file: \(error.message)")
        }
        // Ends of whole steps: the minutes of a history.
        let first = (start + step - 1) / step * step + step
        let span = TimeRange(start: first, end: end / step * step, step: step)
        let samples = SampleImport(store, span: span, logger: logger)
        do {
            let own = try own()
            let queries: SampleQueries
            if own.isEmpty {
                let origin = try await samples.origin(try origin(), select: select)
                queries = SampleQueries(
                    origin, select: select, rateSeconds: rate ?? max(120, step), stepSeconds: step)
            } else {
                queries = SampleQueries(own, label: label)
            }
            _ = try await samples.run(queries) { bytes in
                try AtomicFile.write(bytes, to: STDOUT_FILENO, "standard output")
            }
        } catch let failure as PrometheusFailure {
            StandardError.complain("\(options.url): \(failure)")
            await store.close()
            throw ExitCode(1)
        }
        await store.close()
    }
}
