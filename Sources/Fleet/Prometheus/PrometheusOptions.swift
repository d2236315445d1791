/// How a Prometheus is reached.
package struct PrometheusOptions: Sendable {
    /// Without a slash at its end; may have a path, as Mimir's and Thanos' do.
    package var url: String
    /// Read before each query: tokens rotate.
    package var tokenFile: String?
    /// PEM; nil: what this host trusts.
    package var authorityFile: String?
    /// Such as `X-Scope-OrgID`. Values are never logged.
    package var headers: [(name: String, value: String)] = []
    /// Of a query from its start to the last byte of its answer, at most twice that where the answer
    /// stops in its middle; Prometheus is told the same.
    package var timeLimit = Duration.seconds(10)
    /// The largest answer, bytes: 250 000 series are 40 MB.
    package var answerLimit = 512 << 20

    package init(url: String) {
        self.url = url
        while self.url.hasSuffix("/") { self.url.removeLast() }
    }
}
