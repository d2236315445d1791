import APITestServer
import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesCapacity

/// Forecasts that a test sets.
private final class SetForecasts: ContainerForecasts {
    let known = Mutex<[String: WorkloadForecast]>([:])

    func forecast(of workload: WorkloadReference) async -> WorkloadForecast? {
        known.withLock { $0["\(workload.namespace)/\(workload.kind)/\(workload.name)"] }
    }

    func set(_ name: String, cpu: Double?, isConfident: Bool = true) {
        known.withLock { known in
            known[name] = cpu.map { cpu in
                WorkloadForecast(
                    containers: [
                        ContainerBand(
                            container: "nginx",
                            cpu: Band(lower: cpu / 2, target: cpu, upper: cpu * 2),
                            memory: Band(lower: 1e8, target: 2e8, upper: 4e8)
                        )
                    ],
                    isConfident: isConfident,
                    doubt: isConfident ? nil : "an hour of history"
                )
            }
        }
    }
}

/// Recommendations for VerticalPodAutoscalers against a server that is as strict as a real one.
@Suite struct CapacityRecommenderTests {
    private let forecasts = SetForecasts()

    static func put(
        _ server: APITestServer,
        _ name: String,
        recommender: String? = "headroom",
        mode: String = "Auto",
        conditions: [JSON] = []
    ) {
        var spec: [String: JSON] = [
            "targetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(name)],
            "updatePolicy": ["updateMode": .string(mode)],
        ]
        if let recommender { spec["recommenders"] = [["name": .string(recommender)]] }
        server.put(
            .verticalPodAutoscalers,
            [
                "metadata": ["name": .string(name), "namespace": "shop"], "spec": .object(spec),
                "status": ["conditions": .array(conditions)],
            ]
        )
    }

    private func recommender(
        _ client: APIClient,
        isDryRun: Bool = false,
        mayAct: @escaping @Sendable () async -> Bool = { true }
    ) -> Recommender {
        Recommender(
            client,
            forecasts,
            isDryRun: isDryRun,
            mayAct: mayAct,
            logger: ClientFixture.quiet
        )
    }

    private func target(_ server: APITestServer, _ name: String) -> JSON? {
        server.object(.verticalPodAutoscalers, "shop", name)?.fields?["status"]?.fields?[
            "recommendation"
        ]?
        .fields?["containerRecommendations"]?.items?.first?.fields?["target"]
    }

    private func conditions(_ server: APITestServer, _ name: String) -> [String: String] {
        let all =
            server.object(.verticalPodAutoscalers, "shop", name)?.fields?["status"]?.fields?[
                "conditions"
            ]?.items ?? []
        return Dictionary(
            all.map { ($0.fields?["type"]?.text ?? "", $0.fields?["status"]?.text ?? "") }
        ) { $1 }
    }

    @Test func onlyThoseThatNameHeadroomGetAStatus() async throws {
        try await ClientFixture.with { server, client in
            Self.put(server, "web")
            Self.put(server, "other", recommender: "somebody")
            Self.put(server, "default", recommender: nil)
            for name in ["web", "other", "default"] {
                forecasts.set("shop/Deployment/\(name)", cpu: 0.25)
            }
            let recommender = recommender(client)
            try await recommender.load()
            #expect(await recommender.count == 1)
            let answers = await recommender.recommend()
            #expect(answers.map(\.name) == ["web"] && answers.map(\.outcome) == [.written])
            #expect(answers.first?.targets == ["nginx cpu 250m, memory 200M"])
            #expect(target(server, "web") == ["cpu": "250m", "memory": "200M"])
            #expect(target(server, "other") == nil && target(server, "default") == nil)
            let sent = server.requests("patch")
            #expect(
                sent.map(\.path) == [
                    "/apis/autoscaling.k8s.io/v1/namespaces/shop/verticalpodautoscalers/web/status"
                ]
            )
            #expect(sent.first?.headers["content-type"] == "application/merge-patch+json")
            // Nothing has moved: nothing is written.
            #expect(await recommender.recommend().isEmpty)
            forecasts.set("shop/Deployment/web", cpu: 0.5)
            #expect(await recommender.recommend().map(\.outcome) == [.written])
            #expect(target(server, "web")?.fields?["cpu"]?.text == "500m")
        }
    }

    @Test func conditionsOfOthersStayEvenThoseThatCameMeanwhile() async throws {
        try await ClientFixture.with { server, client in
            let other: JSON = [
                "type": "ConfigUnsupported", "status": "True", "reason": "x", "message": "y",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            ]
            Self.put(server, "web", conditions: [other])
            forecasts.set("shop/Deployment/web", cpu: 0.25)
            let recommender = recommender(client)
            try await recommender.load()
            server.edit(.verticalPodAutoscalers, "shop", "web") { json in
                var fields = json.fields ?? [:]
                fields["status"] = [
                    "conditions": [
                        other,
                        [
                            "type": "Late", "status": "True",
                            "lastTransitionTime": "2026-01-01T00:00:00Z",
                        ],
                    ]
                ]
                json = .object(fields)
            }
            #expect(await recommender.recommend().map(\.outcome) == [.written])
            #expect(
                server.requests("patch").map(\.status) == [409, 200],
                "made anew from what is there now"
            )
            #expect(
                conditions(server, "web") == [
                    "RecommendationProvided": "True", "LowConfidence": "False",
                    "NoPodsMatched": "False",
                    "ConfigUnsupported": "True", "Late": "True",
                ]
            )
        }
    }

    @Test func withoutAForecastTheLastRecommendationStaysAndThatIsSaid() async throws {
        try await ClientFixture.with { server, client in
            Self.put(server, "web")
            forecasts.set("shop/Deployment/web", cpu: 0.25)
            let recommender = recommender(client)
            try await recommender.load()
            _ = await recommender.recommend()
            forecasts.set("shop/Deployment/web", cpu: nil)
            #expect(await recommender.recommend().map(\.outcome) == [.written])
            #expect(target(server, "web")?.fields?["cpu"]?.text == "250m")
            #expect(conditions(server, "web")["LowConfidence"] == "True")
            #expect(await recommender.recommend().isEmpty, "said once")
        }
    }

    @Test func oneThatIsDeletedMeanwhileIsForgotten() async throws {
        try await ClientFixture.with { server, client in
            Self.put(server, "api")
            Self.put(server, "web")
            forecasts.set("shop/Deployment/api", cpu: 0.25)
            forecasts.set("shop/Deployment/web", cpu: 0.25)
            let recommender = recommender(client)
            try await recommender.load()
            server.remove(.verticalPodAutoscalers, "shop", "api")
            #expect(await recommender.recommend().map(\.name) == ["web"])
            #expect(await recommender.count == 1)
        }
    }

    @Test func aServerThatIsDownIsToldOnceARoundAndTheNextRoundGoesOn() async throws {
        try await ClientFixture.with(options: { $0.timeLimit = .seconds(2) }) { server, client in
            for name in ["a", "b", "c"] {
                Self.put(server, name)
                forecasts.set("shop/Deployment/\(name)", cpu: 0.25)
            }
            let recommender = recommender(client)
            try await recommender.load()
            try await server.goDown()
            let answers = await recommender.recommend()
            #expect(answers.count == 1, "the others would fare no better")
            guard case .failed = answers.first?.outcome else {
                Issue.record("it was written to a server that is down")
                return
            }
            try await server.comeUp()
            var written: Set<String> = []
            for _ in 0..<200 where written.count < 3 {
                try await Task.sleep(for: .milliseconds(10))
                written.formUnion(
                    await recommender.recommend().filter { $0.outcome == .written }.map(\.name)
                )
            }
            #expect(written == ["a", "b", "c"])
        }
    }

    @Test func aRefusalOfOneDoesNotKeepTheOthers() async throws {
        try await ClientFixture.with { server, client in
            for name in ["a", "b"] {
                Self.put(server, name)
                forecasts.set("shop/Deployment/\(name)", cpu: 0.25)
            }
            server.fail(.status(422), verb: "patch", path: "verticalpodautoscalers/a/status")
            let recommender = recommender(client)
            try await recommender.load()
            let answers = await recommender.recommend()
            #expect(answers.map(\.name) == ["a", "b"])
            #expect(answers.last?.outcome == .written)
        }
    }

    @Test func aRehearsalIsSentOnceAndChangesNothing() async throws {
        try await ClientFixture.with { server, client in
            Self.put(server, "web")
            forecasts.set("shop/Deployment/web", cpu: 0.25)
            let recommender = recommender(client, isDryRun: true)
            try await recommender.load()
            #expect(await recommender.recommend().map(\.outcome) == [.rehearsed])
            #expect(target(server, "web") == nil)
            #expect(await recommender.recommend().isEmpty)
        }
    }

    @Test func whoIsNotTheActiveOneWritesNothing() async throws {
        try await ClientFixture.with { server, client in
            Self.put(server, "web")
            forecasts.set("shop/Deployment/web", cpu: 0.25)
            let recommender = recommender(client, mayAct: { false })
            try await recommender.load()
            #expect(await recommender.recommend().isEmpty)
            #expect(server.requests("patch").isEmpty)
        }
    }

    @Test func aWatchTellsOfThoseThatComeAndGoAndWhatUpdatersChange() async throws {
        try await ClientFixture.with { server, client in
            let recommender = recommender(client)
            let following = Task { await recommender.follow() }
            defer { following.cancel() }
            try await server.until { $0.watches > 0 }
            Self.put(server, "web")
            Self.put(server, "off", recommender: nil, mode: "Off")
            Self.put(server, "theirs", recommender: nil)
            for _ in 0..<500 {
                if await recommender.workloadsOfUpdaters?.count == 2 { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(
                await recommender.workloadsOfUpdaters == [
                    "shop/Deployment/web", "shop/Deployment/theirs",
                ]
            )
            #expect(await recommender.count == 1)
            server.remove(.verticalPodAutoscalers, "shop", "web")
            for _ in 0..<500 {
                if await recommender.count == 0 { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await recommender.count == 0)
        }
    }
}
