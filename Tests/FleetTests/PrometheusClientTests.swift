import Aggregates
import Capacity
import Connect
import Fleet
import Logging
import Planner
import Synchronization
import TestSupport
import Testing

/// What may stand where Prometheus should, over real HTTP: each holds the plan, and is named.
@Suite struct PrometheusClientTests {
    struct Weather: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let page: HTTPPages.Page
        let kind: PrometheusFailure.Kind
        var isRetriable = false

        /// All come at once, beside other tests: what answers must not be late for that.
        var limit: Duration { kind == .timeout ? .seconds(5) : .seconds(40) }
    }

    private static func error(_ type: String) -> String {
        "{\"status\":\"error\",\"errorType\":\"\(type)\",\"error\":\"as the test says\"}"
    }

    static let weather = [
        Weather(testDescription: "503 in words", page: .text(503, "Service Unavailable"), kind: .unavailable, isRetriable: true),
        Weather(testDescription: "503 in JSON", page: .text(503, error("unavailable")), kind: .unavailable, isRetriable: true),
        Weather(testDescription: "422", page: .text(422, error("execution")), kind: .execution),
        Weather(testDescription: "400", page: .text(400, error("bad_data")), kind: .badData),
        Weather(testDescription: "a query that ran out of time", page: .text(503, error("timeout")), kind: .timeout, isRetriable: true),
        Weather(testDescription: "401", page: .text(401, "who are you"), kind: .unauthorized),
        Weather(testDescription: "403", page: .text(403, "no"), kind: .unauthorized),
        Weather(testDescription: "404", page: .text(404, "404 page not found"), kind: .other),
        Weather(testDescription: "429", page: .text(429, "too many"), kind: .throttled, isRetriable: true),
        Weather(testDescription: "500", page: .text(500, error("internal")), kind: .other, isRetriable: true),
        Weather(testDescription: "a redirect to a login", page: .text(302, ""), kind: .other),
        Weather(testDescription: "a page of HTML", page: .text(200, "<html><body>Welcome</body></html>"), kind: .unreadable),
        Weather(testDescription: "nothing", page: .text(200, ""), kind: .unreadable),
        Weather(testDescription: "an error with a good status", page: .text(200, error("internal")), kind: .other),
        Weather(
            testDescription: "success with a bad status",
            page: .text(500, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"), kind: .other, isRetriable: true
        ),
        Weather(
            testDescription: "JSON that ends early",
            page: .text(200, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1,\"1"),
            kind: .unreadable),
        Weather(testDescription: "bytes that are no text", page: .text(200, "{\"status\":\"\u{1}\u{FFFF}"), kind: .unreadable),
        Weather(testDescription: "a connection that breaks", page: .cut("{\"status\":"), kind: .unreachable, isRetriable: true),
        Weather(testDescription: "silence", page: .silence, kind: .timeout, isRetriable: true),
        Weather(testDescription: "an answer without an end", page: .drip, kind: .timeout, isRetriable: true),
        Weather(testDescription: "an answer that stops", page: .stall, kind: .timeout, isRetriable: true),
        Weather(testDescription: "more than is read", page: .large(3 << 20), kind: .tooLarge),
    ]

    private func client(_ url: String, _ limit: Duration = .seconds(30)) throws -> PrometheusClient {
        var options = PrometheusOptions(url: url)
        options.timeLimit = limit
        options.answerLimit = 1 << 20
        return try PrometheusClient(options: options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test(.timeLimit(.minutes(1)), arguments: weather) func whatIsNoAnswerIsNamed(_ weather: Weather) async throws {
        let server = try await HTTPPages { _, _ in weather.page }
        let client = try client(server.url, weather.limit)
        let failure = await #expect(throws: PrometheusFailure.self) { try await client.instant("up", label: "x", at: nil) }
        #expect(failure?.kind == weather.kind, "\(failure.map(String.init(describing:)) ?? "")")
        #expect(failure?.isRetriable == weather.isRetriable)
        await client.close()
        await server.close()
    }

    @Test(.timeLimit(.minutes(1)), arguments: weather) func whatIsNoAnswerHoldsThePlanUntilThereIsOne(_ weather: Weather) async throws {
        let pages = try await ScriptedPages()
        let client = try client(pages.server.url, weather.limit)
        let service = GrantingService()
        var configuration = FleetConfiguration.standard(resources: [.cpu])
        configuration.historySeconds = 0
        let planner = FleetPlanner(
            configuration: configuration, store: client, service: service, leadership: SetLeadership(true),
            checkpoint: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        func tick(_ page: HTTPPages.Page?) async -> RoundReport {
            pages.set(page)
            pages.store.set { script in
                script.now += 15
                script.newest = script.now
                script.values = [("a", "4")]
            }
            return await planner.round()
        }
        #expect(await tick(nil).plans.map(\.decision.demand) == [4])
        _ = await planner.finish()
        let asked = service.requests.withLock { $0.count }
        let held = await tick(weather.page)
        #expect(held.holds.map(\.reason) == [.unanswered])
        #expect(held.plans.isEmpty && held.requests.isEmpty)
        #expect(held.holds.first?.text.contains(weather.kind.rawValue) == true, "\(held.holds)")
        #expect(service.requests.withLock { $0.count } == asked)
        let after = await tick(nil)
        #expect(after.holds.isEmpty)
        #expect(after.plans.map(\.decision.demand) == [4])
        await client.close()
        await pages.server.close()
    }

    @Test func aPrometheusThatIsAwayIsNamed() async throws {
        // Nobody listens there, and no other test can.
        let held = try HeldPort()
        let client = try client("http://127.0.0.1:\(held.port)")
        let failure = await #expect(throws: PrometheusFailure.self) { try await client.instant("up", label: "x", at: nil) }
        #expect(failure?.kind == .unreachable)
        #expect(failure.map { "\($0)".contains("no connection: Connection refused") } == true, "\(String(describing: failure))")
        await client.close()
        withExtendedLifetime(held) {}
    }
}
