import Aggregates
import Backtest
import Testing

@Suite struct SimulationRunTests {
    private let folder: SimulationFolder

    init() throws { folder = try SimulationFolder() }

    private func simulator(
        _ policies: [PolicyKind],
        isPooled: Bool = false,
        plans: Bool = true
    ) -> Simulator {
        Simulator(
            setup: SimulationSetup(
                lead: .constant(60),
                costRatio: 19,
                policies: policies,
                isPooled: isPooled,
                planDirectory: plans ? "\(folder.path)/plans/deep" : nil
            )
        )
    }

    @Test func planFileHoldsOneLinePerSampleAndResource() throws {
        let trace = try folder.write(
            "web.csv",
            "timestamp_s,cpu,memory\n0,1,100\n60,4,\n120,2,50\n"
        )
        _ = try simulator([.static]).run(paths: [trace])
        #expect(
            folder.read("plans/deep/static/web.plan.csv") == """
                timestamp_s,resource,demand,requested,available
                0,cpu,1.0,4.0,4.0
                0,memory,100.0,100.0,100.0
                60,cpu,4.0,4.0,4.0
                60,memory,,100.0,100.0
                120,cpu,2.0,4.0,4.0
                120,memory,50.0,100.0,100.0

                """
        )
        #expect(SimulationFolder.entries("\(folder.path)/plans/deep/static") == ["web.plan.csv"])
    }

    @Test func poolIsPlannedAsOneSeries() throws {
        let a = try folder.write("a.csv", "timestamp_s,cpu\n0,1\n60,2\n")
        let b = try folder.write("b.csv", "timestamp_s,cpu,memory\n0,10,5\n60,20,5\n")
        let report = try simulator([.static], isPooled: true).run(paths: [a, b])
        #expect(
            folder.read("plans/deep/static/pool.plan.csv") == """
                timestamp_s,resource,demand,requested,available
                0,cpu,11.0,22.0,22.0
                0,memory,5.0,5.0,5.0
                60,cpu,22.0,22.0,22.0
                60,memory,5.0,5.0,5.0

                """
        )
        #expect(report.results.map(\.name) == ["pool", "pool"])
    }

    @Test func poolWithoutACommonMomentSaysWhatToGive() throws {
        let a = try folder.write("a.csv", "timestamp_s,cpu\n0,1\n")
        let b = try folder.write("b.csv", "timestamp_s,cpu\n30,1\n")
        #expect(throws: BacktestError.noCommonTimestamp(.cpu, applications: 2)) {
            try simulator([.static], isPooled: true).run(paths: [a, b])
        }
    }

    @Test func malformedTraceIsNamedWithItsLineAndNothingIsWritten() throws {
        let good = try folder.write("good.csv", "timestamp_s,cpu\n0,1\n")
        let bad = try folder.write("bad.csv", "timestamp_s,cpu\n0,1\n60,n/a\n")
        do {
            _ = try simulator([.reactive]).run(paths: [good, bad])
            Issue.record("expected an error")
        } catch {
            #expect("\(error)".hasPrefix("\(bad):3: column \"cpu\": \"n/a\" is not a number"))
        }
        #expect(!SimulationFolder.entries(folder.path).contains("plans"))
    }

    @Test func twoTracesOfOneNameAreRefused() throws {
        let trace = try folder.write("web.csv", "timestamp_s,cpu\n0,1\n")
        #expect(throws: BacktestError.duplicateApplication("web", paths: [trace, trace])) {
            try simulator([.reactive]).run(paths: [trace, trace])
        }
    }

    @Test func planThatCannotBeWrittenIsAnError() throws {
        let trace = try folder.write("web.csv", "timestamp_s,cpu\n0,1\n")
        _ = try folder.write("plans", "a file where a directory should be")
        #expect {
            try simulator([.reactive]).run(paths: [trace])
        } throws: { error in
            guard case BacktestError.cannotWrite = error else { return false }
            return true
        }
    }

    /// A request is made from nothing later, the trace's usual step included.
    @Test(arguments: PolicyKind.allCases.filter { $0 != .static })
    func whatComesLaterChangesNoEarlierRow(policy: PolicyKind) throws {
        let early = (0..<200).map { "\($0 * 60),\(1 + $0 * 37 % 11)\n" }.joined()
        let late = (0..<400).map { "\(12_000 + $0 * 900),\(50 + $0 % 9)\n" }.joined()
        var plans: [[Substring]] = []
        for rows in [early, early + late] {
            let trace = try folder.write("web.csv", "timestamp_s,cpu\n" + rows)
            _ = try simulator([policy]).run(paths: [trace])
            let plan = try #require(folder.read("plans/deep/\(policy.rawValue)/web.plan.csv"))
            plans.append(Array(plan.split(separator: "\n").prefix(201)))
        }
        #expect(plans[0].count == 201 && plans[0] == plans[1])
    }

    /// The furthest times that a trace may have, with the longest leads: nanoseconds stay within 64 bits.
    @Test(arguments: PolicyKind.allCases) func timesAsFarApartAsTheyMayBeArePlanned(policy: PolicyKind) throws {
        let times = [-4_600_000_000, 4_599_999_999, 4_600_000_000]
        let trace = try folder.write("far.csv", "timestamp_s,cpu\n" + times.map { "\($0),\(3 + $0 % 7)\n" }.joined())
        for lead in [LeadModel.constant(LeadModel.longest), .logNormal(median: LeadModel.longest, sigma: 3)] {
            let setup = SimulationSetup(
                lead: lead, failures: try #require(FailureShares("late=1")), costRatio: 19, policies: [policy],
                planDirectory: "\(folder.path)/plans")
            _ = try Simulator(setup: setup).run(paths: [trace])
            let plan = try #require(folder.read("plans/\(policy.rawValue)/far.plan.csv"))
            #expect(plan.split(separator: "\n").count == 1 + times.count)
        }
    }

    @Test func ignoredColumnIsAWarning() throws {
        let trace = try folder.write("web.csv", "timestamp_s,cpu,colour\n0,1,red\n")
        var warnings: [String] = []
        _ = try simulator([.reactive], plans: false).run(
            paths: [trace],
            warn: { warnings.append($0) }
        )
        #expect(warnings == ["\(trace):1: ignored column \"colour\": not a resource"])
    }

    @Test func costIsComparedWithReactiveOnTheSameSeries() throws {
        let rising = (0..<50).map { "\($0 * 60),\(1 + $0)\n" }.joined()
        let trace = try folder.write("web.csv", "timestamp_s,cpu\n" + rising)
        let report = try simulator([.reactive, .static], plans: false).run(paths: [trace])
        let reactive = try #require(report.lines.first { $0.policy == .reactive })
        let fixed = try #require(report.lines.first { $0.policy == .static })
        #expect(reactive.costOverReference == 1)
        let ratio = try #require(fixed.costOverReference)
        #expect((ratio - fixed.cost / reactive.cost).magnitude < 1e-12)
        #expect(report.table.contains("cpu: 1 series"))
    }

    @Test func jsonQuotesWhateverAFileIsCalled() throws {
        let trace = try folder.write("we\"b\\\n.csv", "timestamp_s,cpu\n0,1\n60,1\n")
        let report = try simulator([.static], plans: false).run(paths: [trace])
        #expect(report.json.contains(#""application":"we\"b\\\u000a","resource":"cpu""#))
        #expect(report.json.contains(#""cost_over_reactive":null"#))
    }
}
