import Aggregates
import KubernetesCapacity
import Logging
import Testing

@testable import Fleet

/// A Prometheus that says what cannot be: nothing traps, and nothing takes more memory than was reckoned with.
@Suite struct HostileSamplesTests {
    /// Answers each instant query with one number, and each range query with as many rows.
    private struct Liar: MetricStore {
        var number: String
        var rows = 0

        func instant(_ query: String, label: String, at time: Double?) async throws -> SeriesTable {
            try ScriptedStore.table(time ?? 0, [("", number)])
        }

        func range(_ query: String, label: String, _ range: TimeRange) async throws -> SeriesTable {
            try ScriptedStore.table(Double(range.start), (0..<rows).map { ("/c\($0)", "1") })
        }
    }

    private static let week = TimeRange(start: 60, end: 60 * 11_000, step: 60)
    private static let own = SampleQueries([(.cpu, "x")], label: "id")

    @Test(arguments: ["+Inf", "1e300", "-Inf", "NaN", "-1"]) func noCountEndsAnImport(_ number: String) async throws {
        let span = TimeRange(start: 60, end: 600, step: 60)
        let samples = SampleImport(Liar(number: number, rows: 3), span: span, logger: ClusterFixture.quiet)
        await #expect(throws: PrometheusFailure.self) { _ = try await samples.origin(.cadvisor, select: "") }
        var bytes = 0
        #expect(try await samples.run(Self.own) { bytes += $0.count } > 0)
        #expect(bytes > 0)
    }

    @Test func moreCgroupsThanWereCountedAreAnError() async throws {
        let samples = SampleImport(Liar(number: "1", rows: 500), span: Self.week, logger: ClusterFixture.quiet)
        do {
            _ = try await samples.run(Self.own) { _ in }
            Issue.record("500 cgroups with 11 000 samples each were taken for one")
        } catch let failure as PrometheusFailure {
            #expect(failure.kind == .tooLarge && failure.message.contains("more than were counted before"), "\(failure)")
        }
    }

    @Test func anImportLeavesOutWhatIsNoSample() throws {
        var grid = SampleGrid(TimeRange(start: 0, end: 60, step: 60), applications: [:], measured: [:])
        let rows = [("/a", "1.7e308"), ("/b", "1e18"), ("/c", "-1"), ("/d", "+Inf"), ("/e", "NaN"), ("/f", "9e17")]
        try grid.add(ScriptedStore.table(0, rows), .cpu)
        #expect(grid.unusable == 4 && grid.lines.count == 1)
    }

    /// Quantiles of the largest numbers there are would be infinite, and no band may be.
    @Test(arguments: ["1.7e308", "1e18", "+Inf"]) func whatCannotBeIsInNoBand(_ value: String) throws {
        var fleet = ContainerFleet(
            .init(resource: .memory, selector: "x"), ContainerConfiguration(level: 0.95, horizonSeconds: 60))
        for step in 0..<100 {
            let time = Int64(1_000_000 + step * 15)
            let table = try ScriptedStore.table(
                Double(time), [("shop/Deployment/web/nginx", value), ("shop/Deployment/web/large", "9e17")])
            fleet.ingest(table, at: time * 1_000_000_000, answering: 1)
        }
        #expect(fleet.unusable == 100)
        let known = try #require(fleet.knowledge(of: "shop/Deployment/web"))
        #expect(known["nginx"] == nil)
        if let band = known["large"]?.band { #expect(band.upper.isFinite && band.target >= 1e17) }
    }
}
