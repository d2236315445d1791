/// What a running agent takes over of a configuration that was read again.
package struct ReloadedSettings: Sendable {
    /// As the agent runs from then on.
    package private(set) var settings: AgentSettings
    /// Keys whose values changed: those in effect now, and those that take effect at the next start,
    /// because probes, windows, files and what was learned were made for the old ones.
    package private(set) var applied: [String] = []
    package private(set) var deferred: [String] = []

    /// Why keys that begin so wait for the next start; nil: they do not. The first that fits counts.
    private static let rules: [(prefix: String, reason: String?)] = [
        ("plan.", nil), ("pools", nil), ("hints.", nil), ("pods.", nil), ("provider.", nil), ("enforce.", nil),
        ("state.interval", nil), ("output.log_level", nil), ("overhead.", nil), ("telemetry.max_cgroups", nil),
        ("sampling.", "maps and windows are of the size that they began with"),
        ("probes.", "programs are loaded and attached once"),
        ("alarms.", "it is a constant of the loaded programs"),
        ("forecast.", "what was learned is about the lead times and quantiles that it began with"),
        ("telemetry.", "sockets are opened once"),
        ("state.", "it was read at the start"),
        ("history.", "its writer has begun"),
        ("recording.", "a recording is of a whole run"),
        ("output.", "the output has begun"),
        ("security.", "rights that were given up do not come back"),
        ("runtime.", "a run has one directory and one end"),
    ]

    /// Why a key's new value waits for the next start; nil: it takes effect with a reload.
    package static func reasonToWait(_ key: String) -> String? {
        guard let rule = rules.first(where: { key.hasPrefix($0.prefix) }) else { return "nothing takes it over" }
        return rule.reason
    }

    package init(_ new: AgentSettings, over running: AgentSettings) {
        settings = new
        for setting in Setting.all where setting.show(new).yaml != setting.show(running).yaml {
            if Self.reasonToWait(setting.key) == nil {
                applied.append(setting.key)
            } else {
                deferred.append(setting.key)
                setting.copy(running, &settings)
            }
        }
    }

    /// What waits and why: `forecast.horizons, forecast.quantiles (what was learned …); probes.disk (…)`. Empty: nothing does.
    package var waiting: String {
        var groups: [(reason: String, keys: [String])] = []
        for key in deferred {
            let reason = Self.reasonToWait(key) ?? ""
            if let place = groups.firstIndex(where: { $0.reason == reason }) {
                groups[place].keys.append(key)
            } else {
                groups.append((reason, [key]))
            }
        }
        return groups.map { "\($0.keys.joined(separator: ", ")) (\($0.reason))" }.joined(separator: "; ")
    }
}
