internal import ArgumentParser
internal import Fleet

/// How Prometheus is reached.
struct PrometheusFlags: ParsableArguments {
    @Option(help: "URL of Prometheus, or of what has its HTTP API v1.") var prometheus: String
    @Option(help: ArgumentHelp("Bearer token, read before each query.", valueName: "file")) var tokenFile: String?
    @Option(help: ArgumentHelp("PEM certificates that Prometheus' is signed with.", valueName: "file")) var caFile: String?
    @Option(help: ArgumentHelp("Further headers, one `Name: value` a line, such as X-Scope-OrgID.", valueName: "file"))
    var headersFile: String?

    func options() throws -> PrometheusOptions {
        var options = PrometheusOptions(url: prometheus)
        options.tokenFile = tokenFile
        options.authorityFile = caFile
        if let headersFile { options.headers = try HeadersFile.read(headersFile) }
        return options
    }
}
