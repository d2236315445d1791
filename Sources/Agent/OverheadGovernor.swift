package import Probes

/// Keeps Headroom's own cost within a budget: sheds tiers of probes when it is over, and
/// brings them back when there is room, with hysteresis on both sides.
///
/// Pure: it is told what was measured and says what to do. A tier is shed after two
/// measurements in a row over the budget, in `ProbeTier`'s order, and the last one shed comes
/// back after three in a row in which the total with it again would be below 70 % of the
/// budget. What a tier would cost is what it cost when it was shed, halved every ten
/// measurements since: a storm passes, and only a try tells.
package struct OverheadGovernor: Sendable {
    /// What one measuring window found, in cores (CPU seconds a second).
    package struct Measurement: Sendable {
        /// The agent's process, its walks included.
        package var agentCores: Double
        /// The attached tiers' programs.
        package var tierCores: [ProbeTier: Double]

        package init(agentCores: Double, tierCores: [ProbeTier: Double]) {
            self.agentCores = agentCores
            self.tierCores = tierCores
        }

        package var totalCores: Double { agentCores + tierCores.values.reduce(0, +) }
    }

    package enum Decision: Sendable, Hashable {
        case shed(ProbeTier, totalCores: Double, tierCores: Double)
        case restore(ProbeTier, totalCores: Double, expectedCores: Double)
        /// The agent alone is over: no probe that is taken off would help. Said once, until
        /// it was within the budget again.
        case agentOverBudget(agentCores: Double)
    }

    /// Cores that all of Headroom may use; 0.01 is 1 % of one. What was shed for another budget comes back as for this one.
    package var budgetCores: Double {
        didSet {
            Self.check(budgetCores)
            overInARow = 0
            roomInARow = 0
            hasComplained = false
        }
    }
    /// Tiers shed now, the last one last.
    package private(set) var shedTiers: [ProbeTier] = []

    private var costWhenShed: [ProbeTier: Double] = [:]
    private var overInARow = 0
    private var roomInARow = 0
    private var hasComplained = false

    private static let measurementsToShed = 2
    private static let measurementsToRestore = 3
    private static let restoreShare = 0.7
    /// One half to the power of one tenth.
    private static let decay = 0.933_032_991_536_807_4

    package init(budgetCores: Double) {
        Self.check(budgetCores)
        self.budgetCores = budgetCores
    }

    private static func check(_ budgetCores: Double) {
        precondition(budgetCores > 0 && budgetCores.isFinite, "budget must be positive, got \(budgetCores)")
    }

    /// Something is shed, or the budget is near: worth measuring more often.
    package private(set) var isAlert = false

    /// Takes one measurement and decides. At most one change a measurement.
    package mutating func decide(_ measured: Measurement) -> Decision? {
        let total = measured.totalCores
        for tier in shedTiers {
            costWhenShed[tier]! *= Self.decay
        }
        defer { isAlert = !shedTiers.isEmpty || total > Self.restoreShare * budgetCores }
        if total > budgetCores {
            roomInARow = 0
            overInARow += 1
            guard overInARow >= Self.measurementsToShed else { return nil }
            guard measured.agentCores <= budgetCores else {
                defer { hasComplained = true }
                return hasComplained ? nil : .agentOverBudget(agentCores: measured.agentCores)
            }
            return shed(measured, total)
        }
        overInARow = 0
        hasComplained = false
        guard let last = shedTiers.last, let cost = costWhenShed[last],
            total + cost < Self.restoreShare * budgetCores
        else {
            roomInARow = 0
            return nil
        }
        roomInARow += 1
        guard roomInARow >= Self.measurementsToRestore else { return nil }
        roomInARow = 0
        shedTiers.removeLast()
        return .restore(last, totalCores: total, expectedCores: total + cost)
    }

    /// A tier could not be put back; it stays shed, and is tried again later.
    package mutating func restoreFailed(_ tier: ProbeTier) {
        shedTiers.append(tier)
        costWhenShed[tier] = budgetCores
    }

    private mutating func shed(_ measured: Measurement, _ total: Double) -> Decision? {
        // What costs next to nothing would be lost for nothing.
        let worthwhile = ProbeTier.allCases.first { tier in
            !shedTiers.contains(tier) && measured.tierCores[tier, default: 0] > 0.02 * budgetCores
        }
        guard let tier = worthwhile else { return nil }
        overInARow = 0
        let cost = measured.tierCores[tier]!
        shedTiers.append(tier)
        costWhenShed[tier] = cost
        return .shed(tier, totalCores: total, tierCores: cost)
    }
}
