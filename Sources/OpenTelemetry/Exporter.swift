package import AsyncHTTPClient
internal import Connect
internal import FoundationEssentials
package import Logging
internal import NIOCore
internal import NIOHTTP1

/// Sends a page of metrics to an OTLP/HTTP endpoint again and again.
///
/// A page is cumulative, so what could not be sent is not kept: the next one says all of it.
package actor Exporter {
    package struct Options: Sendable {
        /// Where metrics are posted, such as http://collector:4318/v1/metrics.
        package var url: String
        package var interval = Duration.seconds(15)
        /// Values are never logged.
        package var headers: [(name: String, value: String)] = []
        /// Of one page, from its start to the last byte of the answer.
        package var timeLimit = Duration.seconds(10)
        /// Attributes of where the metrics are from.
        package var resource: [(String, String)] = []

        package init(url: String) { self.url = url }
    }

    private let options: Options
    private let client: HTTPClient
    private let logger: Logger
    private let page: @Sendable () async throws -> String
    private var counts: [String: UInt64] = ["sent": 0, "not_read": 0, "not_taken": 0, "figures_left_out": 0]
    /// Said once, until it changes.
    private var lastFailure: String?

    /// - Parameters:
    ///   - client: stays the caller's.
    ///   - page: metrics in Prometheus' text format.
    package init(_ options: Options, client: HTTPClient, logger: Logger, page: @escaping @Sendable () async throws -> String) {
        self.options = options
        self.client = client
        self.logger = logger
        self.page = page
    }

    /// By what became of rounds.
    package var all: [String: UInt64] { counts }

    /// Until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let asked = await round()
            try? await Task.sleep(for: max(options.interval, asked))
        }
    }

    /// One page. - Returns: how long the endpoint wants to be left alone.
    @discardableResult
    package func round() async -> Duration {
        let request: ExportRequest
        do {
            let time = UInt64(max(0, Date().timeIntervalSince1970 * 1e9))
            request = ExportRequest(
                try MetricFamily.read(try await page()), timeNanoseconds: time, resource: options.resource)
        } catch {
            note("not_read", "the agent's metrics: \(NetworkFault.text(error))")
            return .zero
        }
        counts["figures_left_out", default: 0] += UInt64(request.leftOut)
        do {
            return try await send(request)
        } catch {
            note("not_taken", "\(options.url): \(NetworkFault.text(error))")
            return .zero
        }
    }

    private func send(_ body: ExportRequest) async throws -> Duration {
        var request = HTTPClientRequest(url: options.url)
        request.method = .POST
        request.headers = ["content-type": "application/json", "user-agent": "headroom"]
        for header in options.headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        let (message, limit) = (request, options.timeLimit)
        // A deadline of the client's ends with the answer's head.
        let (response, text) = try await withTimeLimit(limit) { [client] in
            let response = try await client.execute(message, timeout: TimeAmount(limit))
            return (response, String(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        guard response.status.code / 100 == 2 else {
            note("not_taken", "\(options.url) answered \(response.status.code): \(text.prefix(200))")
            let seconds = response.headers.first(name: "retry-after").flatMap { Int64($0) } ?? 0
            return .seconds(min(max(0, seconds), 3_600))
        }
        // An answer may take a part and say why it left the rest.
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        if let refused = answer?.partialSuccess, refused.errorMessage?.isEmpty == false {
            note("not_taken", "\(options.url) took a part alone: \(refused.errorMessage ?? "")")
            return .zero
        }
        counts["sent", default: 0] += 1
        if lastFailure != nil { logger.notice("\(options.url): metrics are taken again") }
        lastFailure = nil
        return .zero
    }

    private struct Answer: Decodable {
        struct Part: Decodable { var errorMessage: String? }
        var partialSuccess: Part?
    }

    private func note(_ event: String, _ failure: String) {
        counts[event, default: 0] += 1
        guard failure != lastFailure else { return }
        lastFailure = failure
        logger.warning("\(failure); tried again every \(options.interval), said once")
    }
}
