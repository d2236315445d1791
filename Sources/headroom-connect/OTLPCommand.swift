internal import AgentClient
internal import ArgumentParser
internal import Connect
internal import Logging
internal import OpenTelemetry

/// `headroom-connect otlp`: the agent's metrics to an OpenTelemetry collector.
struct OTLPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otlp",
        abstract: "Send the agent's metrics to an OpenTelemetry collector (OTLP/HTTP).",
        discussion: """
            Reads the agent's /metrics from its socket and posts them in OTLP's JSON encoding. They are cumulative: \
            what could not be sent is in the next page. Needs no privileges but the right to the socket \
            (docs/telemetry.md).

            EXAMPLES
              headroom-connect otlp --endpoint http://collector:4318/v1/metrics
              headroom-connect otlp --endpoint http://collector:4318/v1/metrics \\
                  --interval 60 --attribute deployment.environment=staging
            """
    )

    @Option(help: ArgumentHelp("Where metrics are posted.", valueName: "url"))
    var endpoint: String

    @Option(help: ArgumentHelp("Send this often, seconds.", valueName: "seconds"))
    var interval = 15.0

    @Option(
        help: ArgumentHelp("An attribute of the resource, beside service.name and host.name; may be given again.", valueName: "key=value"))
    var attribute: [String] = []

    @Option(help: ArgumentHelp("Further headers, one `Name: value` a line, such as Authorization.", valueName: "file"))
    var headersFile: String?

    @Option(help: ArgumentHelp("The agent's socket.", valueName: "path"))
    var socket = "/run/headroom/headroom.sock"

    @OptionGroup(title: "Metrics of its own") var pages: ListenOptions

    func validate() throws { _ = try options() }

    private func options() throws -> Exporter.Options {
        guard endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://"), !URLText.namesUser(endpoint) else {
            throw ValidationError(
                "--endpoint: \"\(URLText.withoutUser(endpoint))\" is no URL without a user; expected such as http://collector:4318/v1/metrics"
            )
        }
        guard interval >= 1, interval <= 3_600 else { throw ValidationError("--interval: \(interval); expected 1 to 3600 seconds") }
        var options = Exporter.Options(url: endpoint)
        options.interval = .seconds(interval)
        options.resource = [("service.name", "headroom"), ("host.name", HostName.current)]
        for pair in attribute {
            guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
                throw ValidationError("--attribute: \"\(pair)\"; expected key=value, such as deployment.environment=staging")
            }
            options.resource.append((String(pair[..<equals]), String(pair[pair.index(after: equals)...])))
        }
        if let headersFile { options.headers = try HeadersFile.read(headersFile) }
        guard !options.headers.contains(where: { HeaderText.isSecret($0.name) }) || URLText.isPrivate(endpoint) else {
            throw ValidationError(
                "--headers-file: a token is not sent to \(endpoint) without TLS, which anyone on the way could read; expected https://")
        }
        return options
    }

    func run() async throws {
        let logger = Logger.connect("otlp")
        let options = try options()
        try await LocalClient.with { client in
            let agent = AgentSocket(path: socket, client: client)
            let exporter = Exporter(options, client: client, logger: logger) { try await agent.text("/metrics") }
            try await pages.serving(
                logger,
                { path in
                    var text = MetricText()
                    text.addOTLP(await exporter.all)
                    return text.page(path)
                }
            ) { try await StopSignals.cancelling { await exporter.run() } }
        }
    }
}
