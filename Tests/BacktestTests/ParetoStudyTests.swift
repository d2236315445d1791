import Aggregates
import Backtest
import TestSupport
import Testing

@Suite struct ParetoStudyTests {
    private let folder: SimulationFolder

    init() throws { folder = try SimulationFolder() }

    private func trace(_ name: String, seed: UInt64) throws -> String {
        var generator = SeededGenerator(seed: seed)
        var level = 10.0
        let rows = (0..<1_000).map { index -> String in
            level = max(1, level + generator.normal())
            return "\(index * 60),\(level)\n"
        }
        return try folder.write(name, "timestamp_s,cpu\n" + rows.joined())
    }

    private func setup(
        _ policies: [PolicyKind],
        isPooled: Bool = false,
        plot: String? = nil
    ) -> SimulationSetup {
        SimulationSetup(
            lead: .constant(300),
            costRatio: 19,
            policies: policies,
            isPooled: isPooled,
            plotPath: plot
        )
    }

    @Test func dearerShortageBuysMoreCapacityAndLessShortage() throws {
        let study = ParetoStudy(setup: setup([.headroom, .reactive]), costRatios: [1, 9, 99])
        let report = try study.run(paths: [try trace("a.csv", seed: 1)])
        let curve = report.points.filter { $0.line.policy == .headroom }
        #expect(curve.map(\.plannedFor) == [1, 9, 99])
        #expect(curve[0].line.hold < curve[1].line.hold && curve[1].line.hold < curve[2].line.hold)
        #expect(curve[0].line.shortage > curve[1].line.shortage)
        #expect(curve[1].line.shortage > curve[2].line.shortage)
        let reactive = try #require(report.points.first { $0.line.policy == .reactive })
        #expect(reactive.plannedFor == nil)
        #expect(reactive.costOverReference == [1, 1, 1])
    }

    /// The same figures as a simulation at that ratio.
    @Test func costsAreThoseOfASimulation() throws {
        let paths = [try trace("a.csv", seed: 2), try trace("b.csv", seed: 3)]
        let setup = setup([.headroom, .reactive, .vpa])
        let simulated = try Simulator(setup: setup).run(paths: paths)
        let study = try ParetoStudy(setup: setup, costRatios: [4, 19]).run(paths: paths)
        for line in simulated.lines {
            let point = try #require(
                study.points.first {
                    $0.line.policy == line.policy && ($0.plannedFor ?? 19) == 19
                }
            )
            #expect(point.costOverReference[1] == line.costOverReference)
            #expect(point.line.hold == line.hold)
        }
    }

    @Test func frontierHoldsNoPointThatAnotherBeats() throws {
        let study = ParetoStudy(setup: setup(PolicyKind.allCases), costRatios: [1, 19, 99])
        let report = try study.run(paths: [try trace("a.csv", seed: 4)])
        let frontier = report.frontier(of: .cpu)
        #expect(!frontier.isEmpty)
        for point in report.points {
            let beaten = report.points.contains {
                ($0.line.hold < point.line.hold && $0.line.shortage <= point.line.shortage)
                    || ($0.line.hold <= point.line.hold && $0.line.shortage < point.line.shortage)
            }
            #expect(frontier.contains(point) != beaten)
        }
    }

    @Test func pooledApplicationsNeedLessThanTheSameApart() throws {
        let paths = try (1...8).map { try trace("app\($0).csv", seed: UInt64($0)) }
        let report = try Simulator(setup: setup([.headroom], isPooled: true)).run(paths: paths)
        #expect(report.lines.map(\.name) == ["headroom", "headroom apart"])
        #expect(report.lines[0].hold < 0.65 * report.lines[1].hold)
    }

    @Test func pictureShowsEveryPolicyAndTheShortage() throws {
        let path = "\(folder.path)/web.svg"
        let setup = setup([.headroom, .reactive], plot: path)
        _ = try Simulator(setup: setup).run(paths: [try trace("web.csv", seed: 5)])
        let picture = try #require(folder.read("web.svg"))
        #expect(picture.hasSuffix("</svg>\n"))
        #expect(picture.contains("cpu, headroom: holds") && picture.contains("cpu, reactive: holds"))
        #expect(picture.contains("<rect class=\"miss\" x="))
        #expect(picture.components("<path class=\"band\"") == 2)
    }

    @Test func pictureOfTwoTracesIsRefused() throws {
        let paths = [try trace("a.csv", seed: 1), try trace("b.csv", seed: 2)]
        #expect(throws: BacktestError.plotNeedsOneTrace(2)) {
            try Simulator(setup: setup([.reactive], plot: "\(folder.path)/x.svg")).run(paths: paths)
        }
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(_ part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let start = rest.firstRange(of: part) {
            count += 1
            rest = rest[start.upperBound...]
        }
        return count
    }
}
