import Agent
import Aggregates
import Forecast
import Testing

@testable import Settings

@Suite struct HintSettingTests {
    private static let some = """
        pools: [{name: web, cgroups: [/web]}]
        hints:
          schedule:
            - {at: "02:00", for: 40m, cpu: 6, memory: 4GiB}
            - {at: 08:30, for: 2h, days: [mon, fri], pool: web, cpu: 3}
          maintenance:
            - {at: "23:59", for: 1d, days: [sun]}
        """

    @Test func hintsBecomeScheduledDemand() throws {
        let engine = try ConfigurationFixture(Self.some).load().settings.options.engine
        #expect(
            engine.hints == [
                PlanHint(
                    scope: .node, resource: .cpu,
                    demand: ScheduledDemand(startSecond: 7_200, durationSeconds: 2_400, amount: 6)),
                PlanHint(
                    scope: .node, resource: .memory,
                    demand: ScheduledDemand(
                        startSecond: 7_200, durationSeconds: 2_400, amount: 4_294_967_296)),
                PlanHint(
                    scope: .pool(0), resource: .cpu,
                    demand: ScheduledDemand(
                        startSecond: 30_600, durationSeconds: 7_200, weekdays: 0b1_0001, amount: 3)),
            ])
        #expect(engine.maintenance.map(\.startSecond) == [86_340])
        #expect(engine.maintenance.map(\.weekdays) == [0b100_0000])
    }

    @Test func whatIsShownReadsBackAsTheSame() throws {
        let first = try ConfigurationFixture(Self.some).load().settings
        let second = try ConfigurationFixture(
            ConfigurationFixture(Self.some).load().listing
        ).load().settings
        #expect(first.schedule == second.schedule && first.maintenance == second.maintenance)
        #expect(first.schedule.count == 2)
    }

    @Test func ratesAreReadFromFiles() throws {
        let text = """
            pools: [{name: web, cgroups: [/web]}]
            hints:
              rates:
                - {file: /run/web.rate, pool: web, stale_after: 5m}
                - {file: /run/all.rate}
              schedule: [{at: 08:30, for: 2h, pool: web, requests: 900}]
            """
        let loaded = try ConfigurationFixture(text).load()
        let options = loaded.settings.options
        #expect(options.engine.rates == [.pool(0), .node])
        #expect(
            options.rateFiles == [
                RateFile(path: "/run/web.rate", staleNanoseconds: 300_000_000_000),
                RateFile(path: "/run/all.rate", staleNanoseconds: 60_000_000_000),
            ])
        #expect(options.engine.hints.map(\.resource) == [.requests])
        #expect(options.engine.hints[0].demand.amount == 900)
        let again = try ConfigurationFixture(loaded.listing).load().settings
        #expect(again.rates == loaded.settings.rates && again.schedule == loaded.settings.schedule)
    }

    @Test(arguments: [
        ("[{pool: web}]", "file is missing"), ("[{file: run}]", "file: \"run\""),
        ("[{file: /a}, {file: /b}]", "two files are of the node"),
        ("[{file: /a, pool: web}]", "no pool is named web"),
        ("[{file: /a, stale_after: 0}]", "stale_after"),
    ])
    func rateFilesThatMakeNoSenseAreRefused(rates: String, told: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFixture("hints: {rates: \(rates)}").load()
        }
        #expect(error?.problems.contains { "\($0)".contains(told) } == true, "\(error?.problems ?? [])")
    }

    @Test(arguments: [
        (
            "[{at: 02:00, for: 1h, requests: 900}]",
            "nothing tells how many requests the node has now, to learn what one costs"
        ),
        ("[{at: 02:00, for: 1h, requests: 0}]", "requests: \"0\" is out of range"),
        ("[{at: 24:00, for: 1h, cpu: 1}]", "at: \"24:00\" is no time of day; expected a time of day"),
        ("[{at: 2:00, for: 1h, cpu: 1}]", "\"2:00\" is no time of day"),
        ("[{at: 02:60, for: 1h, cpu: 1}]", "\"02:60\" is no time of day"),
        ("[{at: 02:00, cpu: 1}]", "for is missing; expected a duration from 1s to 1d"),
        ("[{at: 02:00, for: 25h, cpu: 1}]", "for: \"25h\" is out of range"),
        ("[{at: 02:00, for: 1h}]", "no amount of a resource, such as cpu: 6, is given"),
        ("[{at: 02:00, for: 1h, cpu: -1}]", "cpu: \"-1\" is out of range"),
        ("[{at: 02:00, for: 1h, days: [mo], cpu: 1}]", "did you mean mon?"),
        ("[{at: 02:00, for: 1h, days: [mon, mon], cpu: 1}]", "a day is named twice"),
        ("[{at: 02:00, for: 1h, pool: web, cpu: 1}]", "no pool is named web"),
        ("[{at: 02:00, for: 1h, net_tx: 1MiB}]", "net_tx of the node is not planned"),
    ])
    func whatMakesNoSenseIsRefused(schedule: String, told: String) throws {
        do {
            _ = try ConfigurationFixture("hints: {schedule: \(schedule)}").load()
            Issue.record("\(schedule) was taken")
        } catch let error as ConfigurationError {
            #expect(error.problems.contains { "\($0)".contains(told) }, "\(error.problems)")
        }
    }
}
