import KubernetesAPI
import Testing

@testable import KubernetesCapacity

@Suite struct CapacityRecommendationTests {
    let maker = RecommendationMaker(significantChange: 0.05)
    let now = "2026-11-27T17:00:00Z"

    func autoscaler(_ policies: [VerticalPodAutoscaler.ContainerPolicy] = [])
        -> VerticalPodAutoscaler
    {
        var spec = VerticalPodAutoscaler.Spec()
        spec.resourcePolicy = VerticalPodAutoscaler.ResourcePolicy(containerPolicies: policies)
        return VerticalPodAutoscaler(metadata: ObjectMeta(name: "web"), spec: spec)
    }

    func forecast(cpu: Double = 0.5, memory: Double = 1e9, isConfident: Bool = true)
        -> WorkloadForecast
    {
        WorkloadForecast(
            containers: [
                ContainerBand(
                    container: "app",
                    cpu: Band(lower: cpu / 2, target: cpu, upper: cpu * 2),
                    memory: Band(lower: memory / 2, target: memory, upper: memory * 2)
                )
            ],
            isConfident: isConfident,
            doubt: isConfident ? nil : "2 hours of history"
        )
    }

    @Test func quantitiesAreWholeMilliCoresAndBytes() throws {
        let status = maker.status(of: autoscaler(), forecast(cpu: 0.1234, memory: 1234.5), now: now)
        let made = try #require(status.recommendation?.containerRecommendations?.first)
        #expect(made.containerName == "app")
        #expect(made.target["cpu"]?.description == "124m")
        #expect(made.target["memory"]?.description == "1235")
        #expect(made.lowerBound?["cpu"]?.description == "62m")
        #expect(made.upperBound?["memory"]?.description == "2469")
        #expect(made.uncappedTarget == made.target)
    }

    @Test func thePolicyCapsAllButTheUncappedTarget() throws {
        var policy = VerticalPodAutoscaler.ContainerPolicy(containerName: "app")
        policy.minAllowed = ["memory": ResourceQuantity("2Gi")!]
        policy.maxAllowed = ["cpu": ResourceQuantity(milli: 400)]
        let status = maker.status(of: autoscaler([policy]), forecast(), now: now)
        let made = try #require(status.recommendation?.containerRecommendations?.first)
        #expect(made.target["cpu"]?.milli == 400)
        #expect(made.upperBound?["cpu"]?.milli == 400)
        #expect(made.lowerBound?["cpu"]?.milli == 250)
        #expect(made.uncappedTarget?["cpu"]?.milli == 500)
        #expect(made.target["memory"] == ResourceQuantity("2Gi"))
        #expect(made.lowerBound?["memory"] == ResourceQuantity("2Gi"))
    }

    @Test func theContainersOwnPolicyGoesBeforeTheStar() throws {
        var all = VerticalPodAutoscaler.ContainerPolicy(containerName: "*")
        all.mode = "Off"
        var own = VerticalPodAutoscaler.ContainerPolicy(containerName: "app")
        own.controlledResources = ["cpu"]
        let status = maker.status(of: autoscaler([all, own]), forecast(), now: now)
        let made = try #require(status.recommendation?.containerRecommendations?.first)
        #expect(made.target.keys.sorted() == ["cpu"])
        let off = maker.status(of: autoscaler([all]), forecast(), now: now)
        #expect(off.recommendation == nil)
    }

    @Test func conditionsSayHowFarToTrustIt() {
        let sure = maker.status(of: autoscaler(), forecast(), now: now)
        #expect(sure.conditions?["RecommendationProvided"]?.isTrue == true)
        #expect(sure.conditions?["LowConfidence"]?.isFalse == true)
        #expect(sure.conditions?["NoPodsMatched"]?.isFalse == true)
        let unsure = maker.status(of: autoscaler(), forecast(isConfident: false), now: now)
        #expect(unsure.conditions?["LowConfidence"]?.message == "2 hours of history")
        let none = maker.status(
            of: autoscaler(),
            WorkloadForecast(containers: [], isConfident: true),
            now: now
        )
        #expect(none.conditions?["NoPodsMatched"]?.isTrue == true)
        #expect(none.conditions?["RecommendationProvided"]?.isFalse == true)
    }

    @Test func aRecommendationOutlivesItsForecast() {
        var known = autoscaler()
        known.status = maker.status(of: known, forecast(), now: now)
        let later = maker.status(of: known, nil, now: "2026-11-27T18:00:00Z")
        #expect(later.recommendation == known.status?.recommendation)
        #expect(later.conditions?["RecommendationProvided"]?.isTrue == true)
        #expect(later.conditions?["LowConfidence"]?.isTrue == true)
    }

    @Test func aConditionThatStaysKeepsItsTime() {
        var known = autoscaler()
        known.status = maker.status(of: known, forecast(), now: now)
        known.status?.conditions?.append(Condition(type: "ConfigDeprecated", status: "False"))
        let later = maker.status(
            of: known,
            forecast(isConfident: false),
            now: "2026-11-27T18:00:00Z"
        )
        #expect(later.conditions?["RecommendationProvided"]?.lastTransitionTime == now)
        #expect(later.conditions?["LowConfidence"]?.lastTransitionTime == "2026-11-27T18:00:00Z")
        #expect(later.conditions?["ConfigDeprecated"] != nil)
    }

    @Test func onlyWhatMattersIsWritten() {
        let old = maker.status(of: autoscaler(), forecast(), now: now)
        let near = maker.status(of: autoscaler(), forecast(cpu: 0.51), now: now)
        let far = maker.status(of: autoscaler(), forecast(cpu: 0.6), now: now)
        let unsure = maker.status(of: autoscaler(), forecast(isConfident: false), now: now)
        #expect(!maker.isWorthWriting(near, over: old))
        #expect(maker.isWorthWriting(far, over: old))
        #expect(maker.isWorthWriting(unsure, over: old))
        #expect(maker.isWorthWriting(old, over: nil))
    }
}
