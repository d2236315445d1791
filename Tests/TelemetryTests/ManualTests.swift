import Foundation
import Testing

@testable import Telemetry

/// docs/telemetry.md has every metric that there is, and no other.
@Suite struct ManualTests {
    private static func manual() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(
            contentsOf: root.appendingPathComponent("docs/telemetry.md"),
            encoding: .utf8
        )
    }

    /// | names | type | labels beside cgroup and leaf | meaning |
    static func row(_ families: [MetricFamily], _ meaning: String) -> String {
        let names = families.map { "`\($0.name)`" }.joined(separator: "<br>")
        let labels = families[0].labels.filter { $0 != "cgroup" && $0 != "leaf" }
        let shown = labels.isEmpty ? "" : " " + labels.map { "`\($0)`" }.joined(separator: ", ")
        return "| \(names) | \(families[0].kind.rawValue) |\(shown) | \(meaning) |"
    }

    static let rows: [String] = {
        var rows: [String] = []
        for metric in CountMetric.all {
            rows.append(row([metric.cgroup, metric.node].compactMap(\.self), metric.meaning))
        }
        for metric in GaugeMetric.all {
            rows.append(row([metric.cgroup, metric.node].compactMap(\.self), metric.meaning))
        }
        rows.append(
            row(
                UnitClass.all.flatMap { [$0.cgroupForecast, $0.nodeForecast] },
                "Level that the peak over the lead time keeps to with probability `q`"
            )
        )
        for index in UnitClass.all[0].plans.indices {
            let families = UnitClass.all.map { $0.plans[index] }
            rows.append(row(families, String(families[0].help.dropLast())))
        }
        let told = Set(rows.joined().split(separator: "`").map(String.init))
        for family in MetricFamily.all where !told.contains(family.name) {
            rows.append(row([family], String(family.help.dropLast())))
        }
        return rows
    }()

    @Test(arguments: rows)
    func everyMetricIsThere(row: String) throws {
        #expect(try Self.manual().contains(row), "\(row)")
    }

    @Test func noOtherMetricIsThere() throws {
        let known = Set(MetricFamily.all.map(\.name))
        let names = try Self.manual().matches(of: /headroom_[a-z_]+/).map { String($0.output) }
        // `headroom_node_…` stands for all of them.
        for name in names where !name.hasSuffix("_") { #expect(known.contains(name), "\(name)") }
        #expect(known.isSubset(of: names))
    }
}
