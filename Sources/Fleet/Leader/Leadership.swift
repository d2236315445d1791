/// Whether this process is the one that acts.
package protocol Leadership: Sendable {
    /// True only while nobody else can be the one, and for a margin longer.
    var mayAct: Bool { get async }
}

/// Without a lease: for a planner that is started once, by one operator.
package struct SoleLeadership: Leadership {
    package init() {}
    package var mayAct: Bool { true }
}
