import Aggregates
import Backtest
import TestSupport
import Testing

@Suite struct SimulatedProviderTests {
    /// Wants one unit more at every sample: a new request each time.
    private struct Climber: CapacityPolicy {
        var total = 1.0

        mutating func wanted(_ sample: PolicySample) -> Double? {
            total += 1
            return total
        }
    }

    private func climb(
        _ lead: LeadModel,
        _ failures: FailureShares = .none,
        samples: Int = 4_000,
        seed: UInt64 = 0
    ) -> SimulatedPlan {
        let series = SimulatedSeries(
            name: "web",
            resource: .cpu,
            timestampsSeconds: (0..<samples).map { Int64($0) * 10 },
            values: Array(repeating: 1, count: samples)
        )
        return Simulation.run(Climber(), on: series, lead: lead, failures: failures, seed: seed)
    }

    @Test func leadsAreReadInEveryForm() {
        #expect(LeadModel("300") == .constant(300))
        #expect(LeadModel("120-600") == .uniform(120, 600))
        #expect(LeadModel("900,60,300") == .anyOf([60, 300, 900]))
        #expect(LeadModel("lognormal:300:0.5") == .logNormal(median: 300, sigma: 0.5))
        for model in ["300", "120-600", "60,300,900", "lognormal:300:0.5"] {
            #expect(LeadModel(model)?.text == model)
        }
    }

    @Test(arguments: [
        "", "x", "-5", "600-120", "300-300", "1-2-3", "60,,300", "1e3", "lognormal:300",
        "lognormal:0:0.5", "lognormal:300:0", "lognormal:300:nan", "31536001", "lognormal:300:9",
    ])
    func leadsThatMakeNoSenseAreRefused(text: String) {
        #expect(LeadModel(text) == nil)
    }

    @Test(arguments: [
        "", "denied", "denied=", "denied=2", "denied=-1", "denied=nan", "refused=0.1",
        "denied=0.1,denied=0.1", "denied=0.5,late=0.6", "denied=0.1,",
    ])
    func sharesThatMakeNoSenseAreRefused(text: String) {
        #expect(FailureShares(text) == nil)
    }

    /// With a request every ten seconds, what is pending is the lead in tens of seconds, on average.
    @Test(arguments: [
        ("300", 300.0), ("120-600", 360.0), ("60,300,900", 420.0),
        // The mean of a log-normal is exp(sigma^2 / 2) times its median.
        ("lognormal:300:0.5", 339.9),
    ])
    func pendingIsTheMeanLead(lead: String, seconds: Double) throws {
        let rows = climb(try #require(LeadModel(lead))).rows.dropFirst(200)
        let pending = rows.map { $0.requested - $0.available }.reduce(0, +)
        #expect((pending / Double(rows.count) * 10 / seconds - 1).magnitude < 0.06)
    }

    @Test func requestsFailAsOftenAsAsked() throws {
        let shares = try #require(FailureShares("denied=0.2,partial=0.1,late=0.3"))
        let tally = climb(.constant(0), shares).tally
        #expect(tally.asked == 4_000)
        #expect((Double(tally.denied) / 4_000 - 0.2).magnitude < 0.02)
        #expect((Double(tally.partial) / 4_000 - 0.1).magnitude < 0.02)
        #expect((Double(tally.late) / 4_000 - 0.3).magnitude < 0.02)
    }

    @Test func deniedGivesNothingAndIsStillARequest() throws {
        let plan = climb(.constant(0), try #require(FailureShares("denied=1")), samples: 10)
        #expect(plan.rows.allSatisfy { $0.available == 1 })
        #expect(plan.rows.last?.requested == 11)
        #expect(plan.tally.denied == 10)
    }

    @Test func lateTakesFourTimesTheLead() throws {
        let late = climb(.constant(60), try #require(FailureShares("late=1")), samples: 10)
        #expect(late.rows.map(\.available) == climb(.constant(240), samples: 10).rows.map(\.available))
    }

    @Test func chanceIsTheSameEveryTimeAndAnotherForAnotherSeed() throws {
        let lead = try #require(LeadModel("60-900"))
        #expect(climb(lead, seed: 1) == climb(lead, seed: 1))
        #expect(climb(lead, seed: 1) != climb(lead, seed: 2))
    }
}
