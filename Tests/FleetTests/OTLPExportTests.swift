import AsyncHTTPClient
import Foundation
import Logging
import OpenTelemetry
import Synchronization
import Testing

/// What `headroom-connect otlp` makes of the agent's metrics, and what it does when nobody takes them.
@Suite struct OTLPExportTests {
    private static let page = """
        # HELP headroom_cpu_seconds_total CPU time.
        # TYPE headroom_cpu_seconds_total counter
        headroom_cpu_seconds_total{cgroup="/a \\"b\\" \\\\ c"} 12.5
        headroom_cpu_seconds_total{cgroup="(other)",application="x"} 3
        # HELP headroom_memory_bytes Memory.
        # TYPE headroom_memory_bytes gauge
        headroom_memory_bytes{cgroup="/"} 4096
        headroom_memory_bytes{cgroup="/gone"} NaN
        # HELP headroom_wait_seconds Waits.
        # TYPE headroom_wait_seconds histogram
        headroom_wait_seconds_bucket{le="0.001"} 5
        headroom_wait_seconds_bucket{le="0.01"} 7
        headroom_wait_seconds_bucket{le="+Inf"} 9
        headroom_wait_seconds_sum 0.25
        headroom_wait_seconds_count 9

        """

    private static func object(_ request: ExportRequest) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(request)) as? [String: Any])
    }

    private static func metrics(_ object: [String: Any]) throws -> [String: [String: Any]] {
        let resource = try #require((object["resourceMetrics"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeMetrics"] as? [[String: Any]])?.first)
        let metrics = try #require(scope["metrics"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: metrics.map { ($0["name"] as? String ?? "", $0) })
    }

    @Test func countersGaugesAndHistogramsAreThoseOfThePage() throws {
        let families = try MetricFamily.read(Self.page)
        let request = ExportRequest(families, timeNanoseconds: 1_795_231_200_000_000_001, resource: [("host.name", "n1")])
        #expect(request.leftOut == 1, "NaN has no word in JSON")
        let metrics = try Self.metrics(Self.object(request))
        #expect(metrics.count == 3)
        let counter = try #require(metrics["headroom_cpu_seconds_total"])
        #expect(counter["unit"] as? String == "s" && counter["description"] as? String == "CPU time.")
        let sum = try #require(counter["sum"] as? [String: Any])
        #expect(sum["aggregationTemporality"] as? Int == 2 && sum["isMonotonic"] as? Bool == true)
        let points = try #require(sum["dataPoints"] as? [[String: Any]])
        #expect(points.map { $0["asDouble"] as? Double } == [12.5, 3])
        #expect(points.allSatisfy { $0["timeUnixNano"] as? String == "1795231200000000001" })
        let label = (points[0]["attributes"] as? [[String: Any]])?.first
        #expect(label?["key"] as? String == "cgroup")
        #expect((label?["value"] as? [String: Any])?["stringValue"] as? String == #"/a "b" \ c"#)
        let gauge = try #require(metrics["headroom_memory_bytes"]?["gauge"] as? [String: Any])
        #expect((gauge["dataPoints"] as? [[String: Any]])?.count == 1)
        #expect(metrics["headroom_memory_bytes"]?["unit"] as? String == "By")
        let histogram = try #require(metrics["headroom_wait_seconds"]?["histogram"] as? [String: Any])
        let point = try #require((histogram["dataPoints"] as? [[String: Any]])?.first)
        #expect(point["bucketCounts"] as? [String] == ["5", "2", "2"])
        #expect(point["explicitBounds"] as? [Double] == [0.001, 0.01])
        #expect(point["count"] as? String == "9" && point["sum"] as? Double == 0.25)
    }

    @Test(arguments: ["x", "x{a=\"b} 1", "x{a=b} 1", "x one", "{} 1", " 1"]) func whatIsNoMetricIsSaid(_ line: String) {
        #expect(throws: MetricFamily.Malformed.self) { _ = try MetricFamily.read("a 1\n\(line)\n") }
    }

    /// A collector that is busy, then away, then there: each round is one page, and nothing piles up.
    @Test func roundsAreCountedByWhatBecameOfThem() async throws {
        let bodies = Mutex<[String]>([])
        let answers = Mutex<[HTTPPages.Page]>([
            .text(503, "busy"), .text(200, #"{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}"#), .text(200, "{}"),
        ])
        let collector = try await HTTPPages { path, body in
            bodies.withLock { $0.append(path + " " + body) }
            return answers.withLock { $0.isEmpty ? .text(200, "") : $0.removeFirst() }
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        var options = Exporter.Options(url: collector.url + "/v1/metrics")
        options.resource = [("service.name", "headroom")]
        let isAway = Mutex(false)
        let exporter = Exporter(options, client: client, logger: ClusterFixture.quiet) {
            if isAway.withLock({ $0 }) { throw CancellationError() }
            return Self.page
        }
        for _ in 0..<4 { await exporter.round() }
        isAway.withLock { $0 = true }
        await exporter.round()
        isAway.withLock { $0 = false }
        // It goes in the middle of its answer.
        answers.withLock { $0 = [.cut("{")] }
        await exporter.round()
        await collector.close()
        #expect(await exporter.all == ["sent": 2, "not_read": 1, "not_taken": 3, "figures_left_out": 5])
        let received = bodies.withLock { $0 }
        #expect(received.count == 5)
        for text in received {
            #expect(text.hasPrefix("/v1/metrics {"))
            let object = try #require(try JSONSerialization.jsonObject(with: Data(text.dropFirst(12).utf8)) as? [String: Any])
            #expect(try Self.metrics(object).keys.contains("headroom_wait_seconds"))
        }
        try await client.shutdown()
    }

    /// A collector that begins its answer and says no more must not stop what comes after.
    @Test func anAnswerWithoutAnEndIsGivenUp() async throws {
        let collector = try await HTTPPages { _, _ in .stall }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        var options = Exporter.Options(url: collector.url + "/v1/metrics")
        options.timeLimit = .milliseconds(300)
        let exporter = Exporter(options, client: client, logger: ClusterFixture.quiet) { Self.page }
        let begin = ContinuousClock.now
        await exporter.round()
        #expect(.now - begin < .seconds(50))
        #expect(await exporter.all["not_taken"] == 1)
        await collector.close()
        try await client.shutdown()
    }
}
