internal import Agent
internal import ArgumentParser
internal import Glibc

/// Samples of Prometheus: `headroom-connect import` asks for them and writes JSON lines, which come through a pipe.
struct PrometheusSource: ParsableArguments {
    @Option(name: .customLong("prometheus"), help: ArgumentHelp("Of Prometheus, or of what has its HTTP API v1.", valueName: "url"))
    var url: String?
    @Option(help: ArgumentHelp("A sample every so many seconds.", valueName: "seconds")) var step: Int?
    @Option(help: ArgumentHelp("Whose metrics: cadvisor, or headroom. (default: what there is)", valueName: "name")) var metrics: String?
    @Option(help: ArgumentHelp("Label matchers of this node's series, such as instance=\"node7:8080\".", valueName: "matchers"))
    var select: String?
    @Option(
        help: ArgumentHelp(
            "Instead of the metrics: a resource and what to ask, such as cpu='sum by (id) (…)'; may be given again.",
            valueName: "resource=promql"))
    var query: [String] = []
    @Option(help: ArgumentHelp("The label of --query's answers that names cgroups. (default: id)", valueName: "label")) var label: String?
    @Option(help: ArgumentHelp("What rates are taken over. (default: two minutes, or the step where that is longer)", valueName: "seconds"))
    var rate: Int?
    @Option(help: ArgumentHelp("Bearer token.", valueName: "file")) var tokenFile: String?
    @Option(help: ArgumentHelp("PEM certificates that Prometheus' is signed with.", valueName: "file")) var caFile: String?
    @Option(help: ArgumentHelp("Further headers, one `Name: value` a line.", valueName: "file")) var headersFile: String?

    /// Of the options that only make sense with a URL.
    private var given: [(String, String)] {
        var words: [(String, String)] = []
        for (name, value) in [
            ("--step", step.map(String.init)), ("--metrics", metrics), ("--select", select), ("--label", label),
            ("--rate", rate.map(String.init)), ("--token-file", tokenFile), ("--ca-file", caFile), ("--headers-file", headersFile),
        ] { if let value { words.append((name, value)) } }
        return words + query.map { ("--query", $0) }
    }

    func validate() throws {
        if url == nil, let first = given.first { throw ValidationError("\(first.0): needs --prometheus") }
    }

    /// Has `body` read the lines of a time. - Throws: where not all of it could be asked for, too.
    func read(_ range: ClosedRange<UInt64>, now: UInt64, _ body: (String) throws -> Void) throws {
        guard let url else { return }
        var words = ["import", "--prometheus=\(url)"]
        let end = min(range.upperBound, now) / 1_000_000_000
        // Without --since the last day.
        let start = range.lowerBound > 0 ? range.lowerBound / 1_000_000_000 : end - min(end, 86_400)
        words += ["--start=\(start)", "--end=\(end)"] + given.map { "\($0.0)=\($0.1)" }
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw AgentError.system("pipe", "to headroom-connect") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try ConnectHandover.start(words, output: ends[1])
        } catch {
            close(ends[0])
            throw error
        }
        let path = "/dev/fd/\(ends[0])"
        let result = Result { try body(path) }
        // One that still writes is not waited for.
        close(ends[0])
        var status: CInt = 0
        while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
        try result.get()
        guard status == 0 else {
            let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 1
            StandardError.complain("nothing was imported: not all samples could be asked for")
            throw ExitCode(code == 0 ? 1 : code)
        }
    }
}
