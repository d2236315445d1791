import Aggregates
import Foundation
import Testing

@testable import Telemetry

/// What deploy/ ships for Prometheus and Grafana asks for metrics that the agent has. That the
/// rules fire and the panels show something is tested with Prometheus itself, in KernelTests.
@Suite struct DeployTests {
    static let files = [
        "prometheus/headroom-rules.yaml", "prometheus/headroom-rules-test.yaml",
        "grafana/headroom.json",
    ]

    /// The file without the names of series that the rules record, as JSON's own quotes are no
    /// part of an expression.
    private static func expressions(_ file: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("deploy/" + file), encoding: .utf8)
            .replacing("\\\"", with: "\"")
            .replacing(/[a-z]+:headroom_[a-z_]+:[a-z0-9]+/, with: "")
    }

    private static func family(of sample: Substring) -> MetricFamily? {
        MetricFamily.all.first { family in
            family.kind == .histogram
                ? sample == family.name + "_bucket" || sample == family.name + "_sum"
                    || sample == family.name + "_count"
                : sample == family.name
        }
    }

    @Test(arguments: files) func everyMetricIsOneOfTheAgents(file: String) throws {
        let names = try Self.expressions(file).matches(of: /headroom_[a-z_]+/).map(\.output)
        #expect(names.count > 10)
        for name in names { #expect(Self.family(of: name) != nil, "\(name)") }
    }

    @Test(arguments: files) func everyLabelIsOneOfItsMetrics(file: String) throws {
        let selectors = try Self.expressions(file).matches(of: /(headroom_[a-z_]+)\{([^}]*)\}/)
        #expect(selectors.count > 3)
        for selector in selectors {
            let known = try #require(Self.family(of: selector.1)).labels + ["instance", "job", "le"]
            for label in selector.2.matches(of: /([a-z_]+) *(=|!=|=~|!~) *"/) {
                #expect(known.contains(String(label.1)), "\(selector.0): \(label.1)")
            }
        }
    }

    @Test(arguments: files) func everyCauseIsOneOfALoss(file: String) throws {
        let known = Set(LossCause.all.map(\.name))
        for matcher in try Self.expressions(file).matches(of: /cause=~?"([^"]*)"/) {
            for cause in matcher.1.split(separator: "|") {
                #expect(known.contains(String(cause)), "\(cause)")
            }
        }
    }
}
