import KubernetesAPI
import TestSupport
import Testing

@testable import KubernetesCapacity

@Suite struct CapacityResizeTests {
    func pod(
        qos: String,
        requests: ResourceList?,
        limits: ResourceList? = nil,
        policy: [ContainerResizePolicy]? = nil,
        change: (inout Pod) -> Void = { _ in }
    ) -> Pod {
        var container = Container(
            name: "web",
            image: nil,
            resources: ResourceRequirements(requests: requests, limits: limits)
        )
        container.resizePolicy = policy
        var status = Pod.Status()
        status.phase = "Running"
        status.qosClass = qos
        status.containerStatuses = [
            ContainerStatus(
                name: "web",
                allocatedResources: requests,
                resources: ResourceRequirements(requests: requests, limits: limits)
            )
        ]
        var spec = PodSpec(containers: [container])
        spec.nodeName = "n1"
        var pod = Pod(metadata: ObjectMeta(name: "web-1"), spec: spec, status: status)
        pod.metadata.generation = 1
        status.observedGeneration = 1
        change(&pod)
        return pod
    }

    func decide(
        _ pod: Pod,
        cpu: Int? = nil,
        memory: Int? = nil,
        _ rules: ResizeRules = ResizeRules(),
        mayFall: Bool = true
    ) -> ResizeDecision {
        .decide(
            pod,
            ContainerWant(container: "web", cpuMilli: cpu, memoryBytes: memory),
            rules,
            mayFall: mayFall
        )
    }

    func patched(_ decision: ResizeDecision) throws -> ResourceRequirements {
        guard case .patch(let patch) = decision else {
            Issue.record("expected a patch, got \(decision)")
            return ResourceRequirements()
        }
        return try #require(patch.spec.containers.first).resources
    }

    @Test func aGuaranteedPodsLimitsMoveWithItsRequests() throws {
        let list: ResourceList = [
            "cpu": ResourceQuantity(milli: 1_000), "memory": ResourceQuantity("1Gi")!,
        ]
        let resources = try patched(
            decide(
                pod(qos: "Guaranteed", requests: list, limits: list),
                cpu: 1_500,
                memory: 2 << 30
            )
        )
        #expect(resources.requests == resources.limits)
        #expect(resources.requests?["cpu"]?.milli == 1_500)
        #expect(resources.requests?["memory"] == ResourceQuantity("2Gi"))
    }

    @Test func aBurstablePodsLimitKeepsItsProportion() throws {
        let resources = try patched(
            decide(
                pod(
                    qos: "Burstable",
                    requests: ["cpu": ResourceQuantity(milli: 500)],
                    limits: ["cpu": ResourceQuantity(milli: 2_000)]
                ),
                cpu: 750
            )
        )
        #expect(resources.requests?["cpu"]?.milli == 750)
        #expect(resources.limits?["cpu"]?.milli == 3_000)
    }

    @Test func withoutALimitNoneIsMade() throws {
        let resources = try patched(
            decide(pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 500)]), cpu: 750)
        )
        #expect(resources.limits == nil)
    }

    @Test func aMemoryLimitIsNeverLoweredForABurstablePod() throws {
        let resources = try patched(
            decide(
                pod(
                    qos: "Burstable",
                    requests: ["memory": ResourceQuantity("2Gi")!],
                    limits: ["memory": ResourceQuantity("4Gi")!]
                ),
                memory: 1 << 30,
                ResizeRules(largestFall: 0.5)
            )
        )
        #expect(resources.requests?["memory"] == ResourceQuantity("1Gi"))
        #expect(resources.limits?["memory"] == ResourceQuantity("4Gi"))
    }

    @Test func aBestEffortPodIsLeftAlone() {
        #expect(
            decide(pod(qos: "BestEffort", requests: nil), cpu: 100)
                == .leave("a BestEffort pod stays one: it may have no requests")
        )
    }

    @Test func whatIsNotRequestedIsNotAdded() {
        #expect(
            decide(
                pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 100)]),
                memory: 1 << 20
            )
                == .leave("no memory is requested")
        )
    }

    @Test func stepsAreBounded() throws {
        let small = pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 100)])
        #expect(try patched(decide(small, cpu: 10_000)).requests?["cpu"]?.milli == 200)
        #expect(try patched(decide(small, cpu: 1)).requests?["cpu"]?.milli == 75)
    }

    @Test func noiseResizesNothing() {
        let steady = pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 1_000)])
        #expect(decide(steady, cpu: 1_049) == .leave("cpu is near enough"))
        #expect(decide(steady, cpu: 951) == .leave("cpu is near enough"))
    }

    @Test func afterARiseNothingFallsForAWhile() {
        let steady = pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 1_000)])
        #expect(decide(steady, cpu: 800, mayFall: false) == .leave("cpu was raised a moment ago"))
        #expect(decide(steady, cpu: 1_200, mayFall: false) != .leave("cpu was raised a moment ago"))
    }

    @Test func aRestartTakesAnExplicitRule() throws {
        let restarting = pod(
            qos: "Burstable",
            requests: ["cpu": ResourceQuantity(milli: 100), "memory": ResourceQuantity("1Gi")!],
            policy: [
                ContainerResizePolicy(resourceName: "memory", restartPolicy: "RestartContainer")
            ]
        )
        #expect(
            decide(restarting, memory: 2 << 30)
                == .leave("a change of memory would restart the container")
        )
        #expect(
            try patched(decide(restarting, cpu: 150, memory: 2 << 30)).requests?.keys.sorted() == [
                "cpu"
            ]
        )
        let allowed = ResizeRules(mayRestart: true)
        #expect(
            try patched(decide(restarting, memory: 2 << 30, allowed)).requests?["memory"]
                == ResourceQuantity("2Gi")
        )
    }

    @Test func aResizeUnderWayIsWaitedFor() {
        let unseen = pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 100)]) {
            $0.metadata.generation = 2
            $0.status?.observedGeneration = 1
        }
        #expect(decide(unseen, cpu: 200) == .leave("its last resize is under way"))
    }

    /// For any pod and any want, the class stays and no request passes its limit.
    @Test func theQoSClassNeverChanges() throws {
        var random = SeededGenerator(seed: 23)
        for _ in 0..<3_000 {
            let isGuaranteed = Bool.random(using: &random)
            var requests: ResourceList = [:]
            var limits: ResourceList = [:]
            for name in ["cpu", "memory"] where isGuaranteed || Bool.random(using: &random) {
                let request = Int.random(in: 1...100_000, using: &random)
                let limit =
                    isGuaranteed ? request : request + Int.random(in: 0...100_000, using: &random)
                requests[name] =
                    name == "cpu" ? ResourceQuantity(milli: request) : ResourceQuantity(request)
                if isGuaranteed || Bool.random(using: &random) {
                    limits[name] =
                        name == "cpu" ? ResourceQuantity(milli: limit) : ResourceQuantity(limit)
                }
            }
            let qos = CapacityResizeTests.qos(requests, limits)
            let decision = decide(
                pod(qos: qos, requests: requests, limits: limits),
                cpu: Int.random(in: 1...200_000, using: &random),
                memory: Int.random(in: 1...200_000, using: &random),
                ResizeRules(smallestChange: 0)
            )
            guard case .patch(let patch) = decision else { continue }
            let change = patch.spec.containers[0].resources
            requests.merge(change.requests ?? [:]) { $1 }
            limits.merge(change.limits ?? [:]) { $1 }
            #expect(CapacityResizeTests.qos(requests, limits) == qos)
            for (name, limit) in limits {
                if let request = requests[name] { #expect(request <= limit) }
            }
        }
    }

    /// As Kubernetes computes it for one container.
    static func qos(_ requests: ResourceList, _ limits: ResourceList) -> String {
        if requests.isEmpty, limits.isEmpty { return "BestEffort" }
        let isGuaranteed = ["cpu", "memory"].allSatisfy { name in
            limits[name] != nil && limits[name] == requests[name]
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }

    // MARK: - What the node says

    func feedback(_ conditions: [Condition], change: (inout Pod) -> Void = { _ in })
        -> ResizeFeedback
    {
        let resized = pod(qos: "Burstable", requests: ["cpu": ResourceQuantity(milli: 100)]) {
            $0.status?.observedGeneration = 1
            $0.status?.conditions = conditions
            change(&$0)
        }
        return ResizeFeedback(resized, container: "web")
    }

    @Test func conditionsAreTheFeedback() {
        #expect(feedback([]) == .done)
        #expect(
            feedback([
                Condition(
                    type: "PodResizePending",
                    status: "True",
                    reason: "Deferred",
                    message: "no room"
                )
            ]) == .deferred("no room")
        )
        #expect(
            feedback([
                Condition(
                    type: "PodResizePending",
                    status: "True",
                    reason: "Infeasible",
                    message: "too large"
                )
            ]) == .infeasible("too large")
        )
        #expect(
            feedback([
                Condition(
                    type: "PodResizeInProgress",
                    status: "True",
                    reason: "Error",
                    message: "below usage"
                )
            ]) == .failed("below usage")
        )
        #expect(feedback([Condition(type: "PodResizeInProgress", status: "True")]) == .inProgress)
    }

    @Test func aConditionOfAnEarlierResizeSaysNothing() {
        let old = Condition(
            type: "PodResizePending",
            status: "True",
            reason: "Infeasible",
            message: "too large",
            observedGeneration: 1
        )
        let seen = feedback([old]) {
            $0.metadata.generation = 2
            $0.status?.observedGeneration = 1
        }
        #expect(seen == .unseen)
    }

    @Test func itIsDoneOnlyWhenTheContainerHasIt() {
        let allocated = feedback([]) {
            $0.status?.containerStatuses?[0].allocatedResources = [
                "cpu": ResourceQuantity(milli: 50)
            ]
        }
        #expect(allocated == .inProgress)
    }
}
