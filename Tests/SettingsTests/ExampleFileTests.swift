import Agent
import Foundation
import Settings
import Testing

/// deploy/headroom.yaml and docs/configuration.md say what the agent does.
@Suite struct ExampleFileTests {
    @Test func theExampleHoldsEveryKeyWithItsDefault() throws {
        let example = try ConfigurationFixture(ConfigurationFixture.text("deploy/headroom.yaml"))
        let configuration = try example.load()
        let standard = try EffectiveConfiguration(standardPath: "", runtimeDirectory: nil)
        #expect(values(configuration) == values(standard))
        for setting in Setting.all {
            #expect(configuration.origin(of: setting) != .standard, "\(setting.key) is missing")
        }
    }

    /// What `headroom config init` writes.
    @Test func theExampleIsInTheCommand() throws {
        #expect(
            try String(decoding: ExampleFile.bytes, as: UTF8.self)
                == ConfigurationFixture.text("deploy/headroom.yaml"))
    }

    /// The manual's row: | `plan.lead` | `5m` | a duration from 0 to 7d, such as 5m | ...
    @Test(arguments: Setting.all.map(\.key))
    func theManualHasTheKeyItsDefaultAndItsRange(key: String) throws {
        let manual = try ConfigurationFixture.text("docs/configuration.md")
        let setting = try #require(Setting.named[key])
        // What all resources have is told once, for plan.RESOURCE.
        let words = key.split(separator: ".")
        let isOfOne = words.count == 3
        let name = isOfOne ? "plan.RESOURCE.\(words[2])" : key
        let row = try #require(
            manual.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") },
            "\(key)"
        )
        let value = setting.show(AgentSettings()).yaml
        #expect(row.contains("`\(value)`"), "\(row)")
        if !isOfOne { #expect(row.contains(setting.expected), "\(row)") }
        let effect = ReloadedSettings.reasonToWait(key) == nil ? "reload" : "restart"
        #expect(row.hasSuffix("| \(effect) |"), "\(row)")
    }

    @Test func whatIsShownReadsBackAsTheSame() throws {
        let text = """
            sampling: {interval: 1.234567891s, ring_size: 65536B}
            forecast: {horizons: [90s, 61s], quantiles: [0.123456789, 0.95]}
            plan: {resources: [], cost_ratio: 1e-3, memory: {chunk: 1000.5B, max: 3TB}}
            recording: {path: "/tmp/a b: #'\\"\\\\.hrr"}
            """
        let first = try ConfigurationFixture(text).load()
        let second = try ConfigurationFixture(first.listing).load()
        #expect(values(first) == values(second))
        #expect(second.settings.agent.recordingPath == "/tmp/a b: #'\"\\.hrr")
    }
}
