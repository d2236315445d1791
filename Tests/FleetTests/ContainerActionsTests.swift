import APITestServer
import Aggregates
import Connect
import Fleet
import KubernetesAPI
import KubernetesCapacity
import NIOCore
import Testing

/// Recommendations and resizes in a fleet planner's rounds: from Prometheus' series to objects in a cluster.
@Suite struct ContainerActionsTests {
    private let store = ScriptedStore()
    private let leadership = SetLeadership(true)

    private func tick(cpu: String = "0.75", memory: String = "268435456") {
        store.set { script in
            script.now += 15
            script.newest = script.now
            script.values = [("shop/Deployment/web", "2")]
            script.bySelector = [
                "headroom:container_cpu": [("shop/Deployment/web/nginx", cpu)],
                "headroom:container_memory": [("shop/Deployment/web/nginx", memory)],
            ]
        }
    }

    private func planner(
        _ client: APIClient,
        resizes: Bool = true,
        isDryRun: Bool = false,
        history: Int64 = 2 * 86_400,
        label: String? = nil,
        checkpoint: FleetCheckpoint? = nil
    ) -> (FleetPlanner, ContainerActions) {
        var configuration = FleetConfiguration.standard(resources: [.cpu])
        configuration.historySeconds = history
        let containers = ContainerPlanner(
            ContainerConfiguration(level: 0.95),
            configuration,
            store: store
        )
        let mayAct: @Sendable () async -> Bool = { [leadership] in leadership.mayAct }
        let rules = ResizeRules()
        let actions = ContainerActions(
            planner: containers,
            recommender: Recommender(
                client,
                containers,
                isDryRun: isDryRun,
                mayAct: mayAct,
                logger: ClusterFixture.quiet
            ),
            resizes: resizes
                ? PodResizes(
                    client,
                    selector: PodSelector("headroom.io/resize=true")!,
                    namespace: nil,
                    naming: ApplicationNaming(label: label),
                    planner: containers,
                    resizer: Resizer(
                        client,
                        rules,
                        deadline: .milliseconds(300),
                        isDryRun: isDryRun,
                        mayAct: mayAct
                    ),
                    rules: rules,
                    logger: ClusterFixture.quiet
                )
                : nil,
            logger: ClusterFixture.quiet
        )
        return (
            FleetPlanner(
                configuration: configuration,
                store: store,
                service: ObservingService(),
                leadership: leadership,
                checkpoint: checkpoint,
                containers: actions,
                logger: ClusterFixture.quiet
            ),
            actions
        )
    }

    private func put(_ server: APITestServer, _ name: String, optedIn: Bool) {
        var labels: [String: JSON] = ["pod-template-hash": "5d8f9c"]
        if optedIn { labels["headroom.io/resize"] = "true" }
        let resources: JSON = ["requests": ["cpu": "500m", "memory": "256Mi"]]
        server.put(
            .pods,
            [
                "metadata": [
                    "name": .string(name), "namespace": "shop", "labels": .object(labels),
                    "ownerReferences": [
                        [
                            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d8f9c",
                            "uid": "r", "controller": true,
                        ]
                    ],
                ],
                "spec": [
                    "nodeName": "n1",
                    "containers": [["name": "nginx", "image": "nginx:1", "resources": resources]],
                ],
                "status": [
                    "phase": "Running", "qosClass": "Burstable", "observedGeneration": 1,
                    "containerStatuses": [
                        [
                            "name": "nginx",
                            "allocatedResources": ["cpu": "500m", "memory": "256Mi"],
                            "resources": resources,
                        ]
                    ],
                ],
            ]
        )
    }

    private func putAutoscaler(_ server: APITestServer) {
        server.put(
            .verticalPodAutoscalers,
            [
                "metadata": ["name": "web", "namespace": "shop"],
                "spec": [
                    "targetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
                    "recommenders": [["name": "headroom"]],
                ],
            ]
        )
    }

    private func round(_ planner: FleetPlanner) async throws -> ContainerReport {
        try #require(await planner.finish(await planner.round()).containers)
    }

    private func writes(_ server: APITestServer) -> [String] {
        server.requests("patch").filter { $0.status < 300 && !$0.path.contains("events") }.map(
            \.path
        )
    }

    @Test func aRecommendationIsWrittenFromSeriesOfContainers() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            putAutoscaler(server)
            tick()
            let (planner, actions) = planner(clients[0], resizes: false)
            try await actions.load()
            let report = try await round(planner)
            #expect(report.holds.isEmpty && report.isFresh)
            #expect(report.containers == 1 && report.autoscalers == 1)
            #expect(report.recommendations.map(\.outcome) == [.written])
            let made = server.object(.verticalPodAutoscalers, "shop", "web")?[
                at: "status",
                "recommendation",
                "containerRecommendations"
            ]?.items?.first
            #expect(made?[at: "containerName"]?.text == "nginx")
            // Two days of 0.75 cores: no quantile of the peak is far from it.
            let cpu = try #require(
                made?[at: "target", "cpu"]?.text.flatMap { ResourceQuantity($0) }
            )
            let milli = try #require(cpu.milli)
            #expect((750...830).contains(milli), "\(cpu)")
            let text = String(
                decoding: RoundText(await planner.round(), provider: "observe").lines,
                as: UTF8.self
            )
            #expect(
                text.contains(#""type":"containers""#)
                    && text.contains(#""recommendations":{"written":1}"#)
            )
        }
    }

    @Test func podsThatAreOptedInAreResizedAndNoOthers() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            put(server, "web-1", optedIn: true)
            put(server, "web-2", optedIn: false)
            tick(cpu: "0.75")
            let (planner, actions) = planner(clients[0])
            try await actions.load()
            let report = try await round(planner)
            #expect(report.pods == 1)
            #expect(report.resizes.map(\.pod) == ["web-1"])
            #expect(writes(server) == ["/api/v1/namespaces/shop/pods/web-1/resize"])
            #expect(report.resizes.first?.outcome == "unanswered", "no kubelet is there to say")
            // What is under way, or was refused, rests.
            tick(cpu: "0.75")
            #expect(try await round(planner).resizes.isEmpty)
            #expect(writes(server).count == 1)
        }
    }

    @Test func aRehearsalChangesNothing() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            putAutoscaler(server)
            put(server, "web-1", optedIn: true)
            server.edit(.verticalPodAutoscalers, "shop", "web") { json in
                var fields = json.fields ?? [:]
                var spec = fields["spec"]?.fields ?? [:]
                spec["updatePolicy"] = ["updateMode": "Off"]
                fields["spec"] = .object(spec)
                json = .object(fields)
            }
            tick(cpu: "0.75")
            let (planner, actions) = planner(clients[0], isDryRun: true)
            try await actions.load()
            let report = try await round(planner)
            #expect(report.recommendations.map(\.outcome) == [.rehearsed])
            #expect(report.resizes.map(\.outcome) == ["rehearsed"])
            #expect(server.requests("patch").allSatisfy { $0.query["dryRun"] == "All" })
            #expect(
                server.object(.verticalPodAutoscalers, "shop", "web")?[
                    at: "status",
                    "recommendation"
                ] == nil
            )
        }
    }

    @Test func podsThatAnAutoscalerChangesAreLeftToIt() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            putAutoscaler(server)
            put(server, "web-1", optedIn: true)
            tick(cpu: "0.75")
            let (planner, actions) = planner(clients[0])
            try await actions.load()
            let report = try await round(planner)
            #expect(report.podsOfAutoscalers == 1 && report.resizes.isEmpty)
            #expect(server.requests("patch", "resize").isEmpty)
        }
    }

    /// Applications that are called by a label have other names than what an autoscaler targets.
    @Test func podsThatAnAutoscalerChangesAreLeftToItWhateverTheirApplicationIsCalled() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            put(server, "web-1", optedIn: true)
            tick()
            store.set { script in
                for (key, values) in script.bySelector {
                    script.bySelector[key] = values.map { ("shop/true/nginx", $0.value) }
                }
            }
            let (planner, actions) = planner(clients[0], label: "headroom.io/resize")
            try await actions.load()
            #expect(try await round(planner).resizes.map(\.pod) == ["web-1"], "by its label's value it is forecast")
            server.forgetRequests()
            putAutoscaler(server)
            let (second, others) = self.planner(clients[0], label: "headroom.io/resize")
            try await others.load()
            let report = try await round(second)
            #expect(report.podsOfAutoscalers == 1 && report.resizes.isEmpty)
            #expect(server.requests("patch", "resize").isEmpty)
        }
    }

    @Test func noPodIsResizedWhileTheAutoscalersAreNotKnown() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            put(server, "web-1", optedIn: true)
            tick()
            let (planner, actions) = planner(clients[0])
            server.fail(.status(403), next: 1_000, path: "verticalpodautoscalers")
            await #expect(throws: APIFailure.self) { try await actions.load() }
            let report = try await round(planner)
            #expect(report.pods == 1 || report.resizes.isEmpty)
            #expect(report.holds.map(\.reason) == [.autoscalersUnknown] && report.resizes.isEmpty)
            let status = FleetStatus(interval: .seconds(15))
            for _ in 0..<2 {
                tick()
                status.note(await planner.round())
            }
            let metrics = String(buffer: status.page("/metrics").body)
            #expect(metrics.contains("\nheadroom_fleet_container_holds_total{reason=\"autoscalers_unknown\"} 2\n"), "\(metrics)")
            #expect(!metrics.contains("headroom_fleet_holds_total{reason=\"autoscalers_unknown\"}"), "no plan is held for it")
            #expect(server.requests("patch", "resize").isEmpty)
            // A cluster without the kind has none.
            server.clearFaults()
            server.setKinds(ServedKind.all.filter { $0.kind != "VerticalPodAutoscaler" })
            try await actions.load()
            tick()
            #expect(try await round(planner).resizes.map(\.pod) == ["web-1"])
        }
    }

    @Test(arguments: ["empty", "stale", "half", "away"])
    func withoutFreshSamplesNothingIsResizedAndTheRecommendationStays(_ weather: String)
        async throws
    {
        try await ClusterFixture.with(["a"]) { server, clients in
            put(server, "web-1", optedIn: true)
            server.put(
                .verticalPodAutoscalers,
                [
                    "metadata": ["name": "api", "namespace": "shop"],
                    "spec": [
                        "targetRef": [
                            "apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                        ],
                        "recommenders": [["name": "headroom"]],
                        "updatePolicy": ["updateMode": "Off"],
                    ],
                    "status": [
                        "recommendation": [
                            "containerRecommendations": [
                                ["containerName": "nginx", "target": ["cpu": "100m"]]
                            ]
                        ]
                    ],
                ]
            )
            tick()
            store.set { script in
                switch weather {
                case "empty": script.newest = nil
                case "stale": script.now += 46
                case "half": script.ages = ["headroom:container_memory": 60]
                default: script.failure = PrometheusFailure(.unreachable, "refused")
                }
            }
            let (planner, actions) = planner(clients[0])
            try await actions.load()
            let report = try await round(planner)
            #expect(!report.isFresh)
            #expect(
                report.holds.map(\.resource) == (weather == "half" ? [.memory] : [.cpu, .memory])
            )
            #expect(report.resizes.isEmpty && server.requests("patch", "resize").isEmpty)
            let status = server.object(.verticalPodAutoscalers, "shop", "api")?[at: "status"]
            #expect(
                status?[at: "recommendation", "containerRecommendations"]?.items?.first?[
                    at: "target",
                    "cpu"
                ]?.text == "100m"
            )
            #expect(
                status?[at: "conditions"]?.items?.contains {
                    $0[at: "type"]?.text == "LowConfidence" && $0[at: "status"]?.text == "True"
                } == true
            )
        }
    }

    @Test func tooLittleHistoryResizesNothing() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            put(server, "web-1", optedIn: true)
            let (planner, actions) = planner(clients[0], history: 0)
            try await actions.load()
            for _ in 0..<3 {
                tick()
                #expect(try await round(planner).unsurePods == 1)
            }
            #expect(server.requests("patch").isEmpty)
        }
    }

    @Test func aFollowerLearnsAndWritesNothing() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            putAutoscaler(server)
            put(server, "web-1", optedIn: true)
            leadership.set(false)
            tick()
            let (planner, actions) = planner(clients[0])
            try await actions.load()
            let report = try await round(planner)
            #expect(report.isFresh && report.containers == 1)
            #expect(server.requests("patch").isEmpty)
        }
    }

    @Test func whatIsLearnedOfContainersIsKeptToo() async throws {
        try await ClusterFixture.with(["a", "b"]) { server, clients in
            putAutoscaler(server)
            func checkpoint(_ client: APIClient, _ writer: String) -> FleetCheckpoint {
                FleetCheckpoint(
                    store: ConfigMapCheckpointStore(
                        client,
                        namespace: "shop",
                        map: "state",
                        writer: writer
                    )
                )
            }
            tick()
            let (first, _) = planner(clients[0], checkpoint: checkpoint(clients[0], "a"))
            _ = await first.round()
            await first.save()
            // No history: what it knows is from the checkpoint alone.
            let (second, actions) = planner(
                clients[1],
                history: 0,
                checkpoint: checkpoint(clients[1], "b")
            )
            guard case .restored(let summary) = await second.restore() else {
                Issue.record("nothing was restored")
                return
            }
            #expect(summary.refused == 0)
            try await actions.load()
            tick()
            let report = try await round(second)
            #expect(report.recommendations.map(\.outcome) == [.written])
            let conditions =
                server.object(.verticalPodAutoscalers, "shop", "web")?[at: "status", "conditions"]?
                .items ?? []
            #expect(
                conditions.contains {
                    $0[at: "type"]?.text == "LowConfidence" && $0[at: "status"]?.text == "False"
                }
            )
        }
    }

    @Test func aTornCheckpointIsToldAndForecastsStartFromHistory() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            tick()
            let store = ConfigMapCheckpointStore(
                clients[0],
                namespace: "shop",
                map: "state",
                writer: "a"
            )
            let (first, _) = planner(clients[0], checkpoint: FleetCheckpoint(store: store))
            _ = await first.round()
            await first.save()
            server.remove(.configMaps, "shop", "state-a-0")
            let (second, _) = planner(clients[0], checkpoint: FleetCheckpoint(store: store))
            guard case .refused(let reason) = await second.restore() else {
                Issue.record("a torn set was taken")
                return
            }
            #expect(reason.contains("ConfigMap state-a-0 is not there"))
            tick()
            let report = await second.round()
            #expect(report.checkpointFailures == 1 && report.checkpointFault == reason)
            #expect(report.plans.first.map { $0.maturedForecasts > 1_000 } == true)
        }
    }

    @Test(arguments: [
        ("headroom.io/resize=true", true), ("headroom.io/resize", true), ("a in (b,c),!d", true),
        ("a==b", true),
        ("", false), (",", false), ("!a", false), ("a!=b", false), ("a notin (b,c)", false),
        ("!a,b!=c", false),
        ("a=b,", false),
    ])
    func podsAreOptedInByALabelThatTheyHave(_ text: String, _ isTaken: Bool) {
        #expect((PodSelector(text) != nil) == isTaken)
    }
}
