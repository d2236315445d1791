import Agent
import Probes
import Testing

@Suite struct OverheadGovernorTests {
    private func measurement(
        _ agent: Double, switches: Double = 0, packets: Double = 0
    ) -> OverheadGovernor.Measurement {
        OverheadGovernor.Measurement(
            agentCores: agent, tierCores: [.runQueueDelay: switches, .network: packets])
    }

    @Test func withinTheBudgetNothingChanges() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<50 {
            #expect(governor.decide(measurement(0.005, switches: 0.004)) == nil)
        }
        #expect(governor.shedTiers.isEmpty)
    }

    @Test func oneMeasurementOverTheBudgetIsForgiven() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<20 {
            #expect(governor.decide(measurement(0.005, switches: 0.05)) == nil)
            #expect(governor.decide(measurement(0.005)) == nil)
        }
    }

    @Test func twoInARowShedTheFirstTierThatCostsAnything() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        _ = governor.decide(measurement(0.005, switches: 0.05))
        let decision = governor.decide(measurement(0.005, switches: 0.05))
        #expect(decision == .shed(.runQueueDelay, totalCores: 0.055, tierCores: 0.05))
        #expect(governor.shedTiers == [.runQueueDelay])
        #expect(governor.isAlert)
    }

    @Test func aTierThatCostsNextToNothingIsKept() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        _ = governor.decide(measurement(0.005, switches: 0.000_1, packets: 0.02))
        let decision = governor.decide(measurement(0.005, switches: 0.000_1, packets: 0.02))
        #expect(decision == .shed(.network, totalCores: 0.025_1, tierCores: 0.02))
    }

    @Test func anAgentThatIsOverByItselfShedsNothingAndSaysSoOnce() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<2 {
            let told = (0..<20).compactMap { _ in
                governor.decide(measurement(0.03, switches: 0.005))
            }
            #expect(told == [.agentOverBudget(agentCores: 0.03)])
            #expect(governor.shedTiers.isEmpty)
            _ = governor.decide(measurement(0.005))
        }
    }

    @Test func whatWasShedComesBackLastFirstWhenThereIsRoom() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<2 { _ = governor.decide(measurement(0.002, switches: 0.02, packets: 0.02)) }
        for _ in 0..<2 { _ = governor.decide(measurement(0.002, packets: 0.02)) }
        #expect(governor.shedTiers == [.runQueueDelay, .network])
        var restored: [ProbeTier] = []
        for _ in 0..<60 {
            if case .restore(let tier, _, let expected)? = governor.decide(measurement(0.002)) {
                #expect(expected < 0.7 * 0.01)
                restored.append(tier)
            }
        }
        #expect(restored == [.network, .runQueueDelay])
        #expect(!governor.isAlert)
    }

    @Test func aTierIsNotPutBackWhileItWouldBreakTheBudgetAgain() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<2 { _ = governor.decide(measurement(0.002, switches: 0.1)) }
        // Expected cost halves every ten measurements: 0.1 needs more than 40 to fit.
        for _ in 0..<40 { #expect(governor.decide(measurement(0.002)) == nil) }
    }

    @Test func aFailedRestoreStaysShed() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<2 { _ = governor.decide(measurement(0.002, switches: 0.011)) }
        while governor.decide(measurement(0.002)) == nil {}
        governor.restoreFailed(.runQueueDelay)
        #expect(governor.shedTiers == [.runQueueDelay])
    }

    /// As a configuration that is read again changes it.
    @Test func aLargerBudgetBringsBackWhatWasShedAndASmallerOneShedsMore() {
        var governor = OverheadGovernor(budgetCores: 0.01)
        for _ in 0..<3 { _ = governor.decide(measurement(0.005, switches: 0.05)) }
        #expect(governor.shedTiers == [.runQueueDelay])
        governor.budgetCores = 1
        for _ in 0..<3 { _ = governor.decide(measurement(0.005)) }
        #expect(governor.shedTiers.isEmpty)
        governor.budgetCores = 0.02
        var decisions: [OverheadGovernor.Decision] = []
        for _ in 0..<2 { if let decision = governor.decide(measurement(0.005, switches: 0.05)) { decisions.append(decision) } }
        #expect(decisions == [.shed(.runQueueDelay, totalCores: 0.055, tierCores: 0.05)])
    }
}
