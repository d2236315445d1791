/// What a running agent takes over of a configuration that was read again.
package struct ReloadedSettings: Sendable {
    /// As the agent runs from then on.
    package private(set) var settings: AgentSettings
    /// Keys whose values changed: those in effect now, and those that take effect at the next start,
    /// because probes, windows, files and what was learned were made for the old ones.
    package private(set) var applied: [String] = []
    package private(set) var deferred: [String] = []

    private static let reloadable = ["plan.", "pools", "hints.", "pods.", "provider.", "enforce.", "state.interval"]

    package init(_ new: AgentSettings, over running: AgentSettings) {
        settings = new
        for setting in Setting.all where setting.show(new).yaml != setting.show(running).yaml {
            if Self.reloadable.contains(where: setting.key.hasPrefix) {
                applied.append(setting.key)
            } else {
                deferred.append(setting.key)
                setting.copy(running, &settings)
            }
        }
    }
}
