import Testing

@testable import KubernetesCapacity

/// Statuses as Cluster Autoscaler and Karpenter write them.
@Suite struct CapacityBufferJudgementTests {
    let chunk = ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30)

    /// Of Cluster Autoscaler: no observedGeneration.
    let ready = Condition(
        type: "ReadyForProvisioning",
        status: "True",
        reason: "AttributesSetSuccessfully",
        message: "ready",
        lastTransitionTime: "2026-01-01T00:00:00Z"
    )
    let injected = Condition(
        type: "Provisioning",
        status: "True",
        reason: "FakePodsInjected",
        lastTransitionTime: "2026-01-01T00:00:10Z"
    )

    func judge(
        replicas: Int? = 3,
        status: CapacityBufferStatus?,
        generation: Int64 = 5,
        template: Int64? = 1,
        before: [Condition] = [],
        isSettled: Bool = false,
        limits: ResourceList? = nil,
        wanted: Int = 3
    ) -> ChunkView {
        BufferJudgement(
            spec: CapacityBufferSpec(
                podTemplateRef: LocalReference(name: "b"),
                replicas: replicas,
                limits: limits
            ),
            status: status,
            generation: generation,
            templateGeneration: template,
            before: before,
            isSettled: isSettled,
            chunk: chunk
        ).view(wanted: wanted)
    }

    func status(_ replicas: Int?, template: Int64? = 1, _ conditions: Condition...)
        -> CapacityBufferStatus
    {
        CapacityBufferStatus(
            replicas: replicas,
            podTemplateGeneration: template,
            conditions: conditions
        )
    }

    @Test func placeholdersInjectedIsAGrant() {
        let view = judge(status: status(3, ready, injected))
        #expect(view == ChunkView(provided: 3, progress: .reached))
    }

    @Test func withoutAStatusNothingIsKnown() {
        for found in [nil, status(nil)] {
            let view = judge(status: found)
            #expect(view.provided == nil)
            #expect(view.isWaiting)
        }
    }

    @Test func theStatusOfFewerChunksIsNoAnswerToMore() {
        let view = judge(status: status(2, ready, injected), before: [ready, injected])
        #expect(view.provided == nil)
        #expect(view.isWaiting)
    }

    @Test func theStatusOfMoreChunksAnswersFewer() {
        let view = judge(status: status(5, ready, injected), before: [ready, injected])
        #expect(view == ChunkView(provided: 3, progress: .reached))
    }

    @Test func anOldTemplateIsNoAnswerToANewOne() {
        #expect(judge(status: status(3, template: 1, ready, injected), template: 2).isWaiting)
        #expect(!judge(status: status(3, template: 2, ready, injected), template: 2).isWaiting)
    }

    @Test func noneWantedIsGrantedWithoutAnAutoscaler() {
        let view = judge(replicas: 0, status: nil, wanted: 0)
        #expect(view == ChunkView(provided: 0, progress: .reached))
    }

    @Test func acceptedButNotProvisionedIsPending() {
        #expect(judge(status: status(3, ready)).isWaiting)
    }

    @Test func theEmptyBufferOfBeforeIsNoRefusal() {
        let empty = Condition(
            type: "Provisioning",
            status: "False",
            reason: "BufferIsEmpty",
            message: "CapacityBuffer has zero replicas"
        )
        #expect(judge(status: status(3, ready, empty), before: [ready, empty]).isWaiting)
        #expect(
            judge(status: status(3, ready, empty), before: [ready, empty], isSettled: true)
                .isWaiting
        )
    }

    @Test func aNewFailureIsARefusalInItsWords() {
        let failed = Condition(
            type: "Provisioning",
            status: "False",
            reason: "FailedToMakeFakePods",
            message: "no template"
        )
        let view = judge(status: status(3, ready, failed), before: [ready, injected])
        #expect(
            view
                == ChunkView(
                    provided: 0,
                    progress: .refused("Provisioning (FailedToMakeFakePods): no template")
                )
        )
    }

    @Test func theFailureOfBeforeIsNoAnswerUntilItHasStayed() {
        let unready = Condition(
            type: "ReadyForProvisioning",
            status: "False",
            reason: "error",
            message: "no such template"
        )
        #expect(judge(status: status(nil, unready), before: [unready]).isWaiting)
        let settled = judge(status: status(nil, unready), before: [unready], isSettled: true)
        #expect(
            settled.progress == .refused("ReadyForProvisioning (error): no such template")
        )
    }

    @Test func quotasLeaveAPartWithTheirReason() {
        let limited = Condition(
            type: "LimitedByQuotas",
            status: "True",
            reason: "LimitedByQuotas",
            message: "Buffer replicas limited from 3 to 2 due to quotas: team",
            observedGeneration: 5
        )
        let view = judge(status: status(2, ready, injected, limited))
        #expect(
            view
                == ChunkView(
                    provided: 2,
                    progress: .limited(
                        "LimitedByQuotas: Buffer replicas limited from 3 to 2 due to quotas: team"
                    )
                )
        )
    }

    @Test func aQuotaThatLeavesNothingRefuses() {
        let limited = Condition(
            type: "LimitedByQuotas",
            status: "True",
            reason: "LimitedByQuotas",
            message: "team",
            observedGeneration: 5
        )
        let view = judge(status: status(0, ready, limited))
        #expect(view == ChunkView(provided: 0, progress: .refused("LimitedByQuotas: team")))
    }

    @Test func theQuotaOfAnEarlierCountIsNoAnswer() {
        let limited = Condition(
            type: "LimitedByQuotas",
            status: "True",
            reason: "LimitedByQuotas",
            message: "team",
            observedGeneration: 4
        )
        #expect(judge(status: status(2, ready, injected, limited)).isWaiting)
    }

    @Test func limitsOfTheBufferExplainThemselves() {
        let view = judge(
            status: status(2, ready, injected),
            limits: ["cpu": ResourceQuantity(milli: 2_500), "memory": ResourceQuantity("64Gi")!]
        )
        #expect(
            view
                == ChunkView(
                    provided: 2,
                    progress: .limited("spec.limits of the CapacityBuffer allow 2 chunks")
                )
        )
    }

    // MARK: - Karpenter, which says of which generation each condition is

    func karpenter(_ type: String, _ status: String, _ reason: String, _ generation: Int64)
        -> Condition
    {
        Condition(
            type: type,
            status: status,
            reason: reason,
            message: reason,
            observedGeneration: generation
        )
    }

    @Test func karpentersRoomOnNodesIsAGrant() {
        let view = judge(
            status: status(
                3,
                karpenter("ReadyForProvisioning", "True", "Resolved", 5),
                karpenter("Provisioning", "True", "FitsExistingCapacity", 5)
            )
        )
        #expect(view == ChunkView(provided: 3, progress: .reached))
    }

    @Test func karpentersNewNodeIsPendingNotRefused() {
        let view = judge(
            status: status(
                3,
                karpenter("ReadyForProvisioning", "True", "Resolved", 5),
                karpenter("Provisioning", "False", "RequiresNewCapacity", 5)
            ),
            isSettled: true
        )
        #expect(
            view.progress == .waiting("Provisioning (RequiresNewCapacity): RequiresNewCapacity")
        )
    }

    /// The count was taken up, but room was looked for with the one before.
    @Test func karpentersRoomForTheCountBeforeIsNoAnswer() {
        let view = judge(
            status: status(
                3,
                karpenter("ReadyForProvisioning", "True", "Resolved", 5),
                karpenter("Provisioning", "True", "FitsExistingCapacity", 4)
            ),
            isSettled: true
        )
        #expect(view.isWaiting)
    }
}

extension ChunkView {
    var isWaiting: Bool {
        guard case .waiting = progress else { return false }
        return true
    }
}
