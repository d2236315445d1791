internal import YAML

/// One key of the configuration: its path, what it may be, and where it goes.
package struct Setting: Sendable {
    /// `plan.cost_ratio`.
    package let key: String
    /// What a good value is.
    package let expected: String
    let read: @Sendable (YAMLNode, inout AgentSettings) throws(Refusal) -> Void
    package let show: @Sendable (AgentSettings) -> ShownValue
    /// Takes over the value from other settings.
    let copy: @Sendable (AgentSettings, inout AgentSettings) -> Void

    init<Value: Sendable>(
        _ key: String,
        _ path: any WritableKeyPath<AgentSettings, Value> & Sendable,
        _ kind: ValueKind<Value>
    ) {
        self.key = key
        expected = kind.expected
        read = { node, settings throws(Refusal) in
            settings[keyPath: path] = try kind.parse(node)
        }
        show = { kind.show($0[keyPath: path]) }
        copy = { $1[keyPath: path] = $0[keyPath: path] }
    }
}
