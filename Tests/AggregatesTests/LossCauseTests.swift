import Aggregates
import HeadroomABI
import Testing

/// Every loss has one name and the place that the header gives it.
@Suite struct LossCauseTests {
    @Test func everyCauseOfTheKernelIsThereInTheHeadersOrder() {
        let kernel = LossCause.all.filter { $0.index < LossCause.kernelCount }
        #expect(kernel.map(\.index) == Array(0..<Int(HR_LOSS_COUNT.rawValue)))
    }

    @Test func everyCauseOfTheAgentIsThereInTheHeadersOrder() {
        let agent = LossCause.all.filter { $0.index >= LossCause.kernelCount }
        let first = Int(HR_LOSS_TICK_SKIPPED.rawValue)
        #expect(agent.map(\.index) == Array(first..<Int(HR_LOSS_AGENT_END.rawValue)))
        #expect(Int(HR_LOSS_COUNT.rawValue) <= first, "the kernel's causes end before")
        #expect(Int(HR_LOSS_AGENT_END.rawValue) <= Int(HR_TABLE_LOSSES))
    }

    @Test(arguments: [
        ("sample_ring_full", Int(HR_LOSS_SAMPLE_RING_FULL.rawValue)),
        ("created_ring_full", Int(HR_LOSS_CREATED_RING_FULL.rawValue)),
        ("removed_ring_full", Int(HR_LOSS_REMOVED_RING_FULL.rawValue)),
        ("slot_overflow", Int(HR_LOSS_SLOT_OVERFLOW.rawValue)),
        ("net_no_owner", Int(HR_LOSS_NET_NO_OWNER.rawValue)),
        ("disk_untracked", Int(HR_LOSS_DISK_UNTRACKED.rawValue)),
        ("disk_inflight_full", Int(HR_LOSS_DISK_INFLIGHT_FULL.rawValue)),
        ("tick_skipped", Int(HR_LOSS_TICK_SKIPPED.rawValue)),
        ("record_malformed", Int(HR_LOSS_RECORD_MALFORMED.rawValue)),
        ("table_full", Int(HR_LOSS_TABLE_FULL.rawValue)),
        ("sample_missing", Int(HR_LOSS_SAMPLE_MISSING.rawValue)),
        ("name_unknown", Int(HR_LOSS_NAME_UNKNOWN.rawValue)),
        ("removal_missed", Int(HR_LOSS_REMOVAL_MISSED.rawValue)),
        ("counter_back", Int(HR_LOSS_COUNTER_BACK.rawValue)),
        ("path_cut", Int(HR_LOSS_PATH_CUT.rawValue)),
        ("recursion_misses", Int(HR_LOSS_RECURSION.rawValue)),
        ("rate_unknown", Int(HR_LOSS_RATE_UNKNOWN.rawValue)),
        ("checkpoint_failed", Int(HR_LOSS_CHECKPOINT_FAILED.rawValue)),
        ("limit_not_set", Int(HR_LOSS_LIMIT_NOT_SET.rawValue)),
        ("limit_changed", Int(HR_LOSS_LIMIT_CHANGED.rawValue)),
    ])
    func nameStandsForTheHeadersIndex(name: String, index: Int) {
        #expect(LossCause.all.filter { $0.name == name }.map(\.index) == [index])
    }

    @Test func namesAreUniqueAndFitJSONAndMetrics() {
        #expect(Set(LossCause.all.map(\.name)).count == LossCause.all.count)
        for cause in LossCause.all {
            #expect(cause.name.allSatisfy { $0.isLowercase || $0 == "_" }, "\(cause.name)")
            #expect(!cause.meaning.isEmpty)
        }
    }

    @Test func kernelsCountsAreTakenOverAndExtraOnesIgnored() {
        let fixture = AggregatesFixture()
        fixture.aggregates.count(HR_LOSS_TICK_SKIPPED, by: 3)
        fixture.aggregates.setKernelLosses(
            Array(1...UInt64(HR_LOSS_COUNT.rawValue)) + [1_000, 1_000, 1_000],
            recursionMisses: 9
        )
        #expect(
            Array(fixture.aggregates.losses.prefix(Int(HR_LOSS_COUNT.rawValue) + 1))
                == Array(1...UInt64(HR_LOSS_COUNT.rawValue)) + [0])
        #expect(fixture.losses(HR_LOSS_TICK_SKIPPED) == 3)
        #expect(fixture.losses(HR_LOSS_RECURSION) == 9)
        fixture.aggregates.setKernelLosses([8], recursionMisses: 10)
        #expect(Array(fixture.aggregates.losses.prefix(3)) == [8, 2, 3], "totals, not steps")
        #expect(fixture.aggregates.losses.count == Int(HR_TABLE_LOSSES))
    }
}
