/// Applications that are planned together: those of the first pool whose pattern they match.
package struct FleetPool: Sendable, Hashable {
    package let name: String
    /// Empty: all that are in no other pool.
    package let patterns: [ApplicationPattern]

    package init(name: String, patterns: [ApplicationPattern]) {
        self.name = name
        self.patterns = patterns
    }

    /// Where nothing is said of pools.
    package static let all = FleetPool(name: "fleet", patterns: [])

    func has(_ application: String) -> Bool {
        patterns.isEmpty || patterns.contains { $0.matches(application) }
    }
}
