internal import ArgumentParser
internal import Fleet
internal import FoundationEssentials

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
        if let headersFile {
            guard let data = try? Data(contentsOf: URL(filePath: headersFile)) else {
                throw ValidationError("--headers-file: \(headersFile) cannot be read")
            }
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":") else {
                    throw ValidationError("--headers-file: \(headersFile): a line without a colon; expected `Name: value`")
                }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                options.headers.append((String(line[..<colon]), String(value)))
            }
        }
        return options
    }
}
