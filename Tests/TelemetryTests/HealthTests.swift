import HeadroomABI
import Testing

@testable import Aggregates
@testable import Telemetry

@Suite struct HealthTests {
    private let second: UInt64 = 1_000_000_000

    private func header(_ fixture: TableFixture) throws -> TableHeader {
        var reader = try fixture.reader()
        return reader.header()!
    }

    private func root(_ fixture: TableFixture) throws -> hr_table_slot? {
        var reader = try fixture.reader()
        return reader.slot(0)
    }

    @Test func windowsThatComeOnTimeAreHealth() throws {
        let fixture = TableFixture()
        fixture.tick([(1, "/a", .busy(1))])
        let header = try header(fixture)
        #expect(Health.alive(header, now: fixture.time + 3 * second).isGood)
        // A clock that was set back is no fault of the agent.
        #expect(Health.alive(header, now: fixture.time - 100 * second).isGood)
        let late = Health.alive(header, now: fixture.time + 3 * second + 1)
        #expect(!late.isGood)
        #expect(late.reason == "late: the last window ended 3 s ago, they are 1 s long")
        #expect(late.response.status == .unavailable)
    }

    @Test func anAgentThatHasJustStartedIsHealthyAndNotReady() throws {
        let fixture = TableFixture()
        let header = try header(fixture)
        #expect(Health.alive(header, now: fixture.time + second).isGood)
        let ready = Health.ready(header, root: try root(fixture), now: fixture.time + second)
        #expect(!ready.isGood && ready.reason == "no whole window yet")
    }

    @Test func forecastsAreWarmWhenTheFirstHaveMetWhatCame() throws {
        let fixture = TableFixture()
        let start = fixture.time
        for _ in 0..<60 { fixture.tick([(1, "/a", .busy(1))]) }
        let before = Health.ready(
            try header(fixture),
            root: try root(fixture),
            now: start + 60 * second
        )
        #expect(!before.isGood)
        #expect(before.reason == "the first forecasts meet what they were about in 1 s")
        fixture.tick([(1, "/a", .busy(1))])
        let after = Health.ready(
            try header(fixture),
            root: try root(fixture),
            now: start + 61 * second
        )
        #expect(after.isGood && after.reason == "ok")
    }

    @Test func withoutForecastsItIsNotReady() throws {
        let fixture = TableFixture()
        fixture.tick([])
        let root = try root(fixture)
        var slot = try #require(root)
        slot.forecast.0.0.0 = .nan
        let ready = Health.ready(
            try header(fixture),
            root: slot,
            now: fixture.time + second
        )
        #expect(ready.reason == "no forecast yet")
    }

    @Test func windowsOfLongAgoAreAnsweredAsNoHealth() throws {
        let fixture = TableFixture()
        fixture.tick([])
        let responder = try fixture.responder()
        var request = HTTPRequest()
        request.path = "/healthz"
        // The table's times are this test's, so it is late; but it answers.
        #expect(responder.answer(request, isTCP: false).status == .unavailable)
    }

    @Test(
        arguments: [
            (60, "1m"), (300, "5m"), (7200, "2h"), (86_400, "1d"), (90, "90s"), (1, "1s"),
        ] as [(UInt64, String)]
    )
    func leadTimesAreWrittenAsInAConfiguration(seconds: UInt64, text: String) {
        #expect(ForecastAxes.text(seconds * second) == text)
        #expect(ForecastAxes.text(1_500_000_000) == "1.5s")
    }
}
