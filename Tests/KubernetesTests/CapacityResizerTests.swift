import APITestServer
import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesCapacity

/// Resizes of running pods against a server that is as strict as a real one.
@Suite struct CapacityResizerTests {
    /// A pod on a node, as the kubelet has left it.
    static func put(
        _ server: APITestServer,
        _ name: String = "web-1",
        cpu: String = "500m",
        memory: String = "256Mi",
        labels: JSON = [:]
    ) {
        let resources: JSON = ["requests": ["cpu": .string(cpu), "memory": .string(memory)]]
        server.put(
            .pods,
            [
                "metadata": ["name": .string(name), "namespace": "shop", "labels": labels],
                "spec": [
                    "nodeName": "n1",
                    "containers": [
                        ["name": "nginx", "image": "nginx:1", "resources": resources],
                        ["name": "log", "image": "log:1", "resources": resources],
                    ],
                ],
                "status": [
                    "phase": "Running", "qosClass": "Burstable", "observedGeneration": 1,
                    "containerStatuses": [
                        [
                            "name": "nginx",
                            "allocatedResources": ["cpu": .string(cpu), "memory": .string(memory)],
                            "resources": resources,
                        ]
                    ],
                ],
            ]
        )
    }

    /// As the kubelet answers: the condition, or what the container has now.
    static func answer(_ server: APITestServer, _ name: String = "web-1", condition: JSON? = nil) {
        server.edit(.pods, "shop", name, manager: "kubelet") { json in
            var pod = json.fields ?? [:]
            var status = pod["status"]?.fields ?? [:]
            status["observedGeneration"] = pod["metadata"]?.fields?["generation"]
            if let condition {
                var fields = condition.fields ?? [:]
                fields["observedGeneration"] = status["observedGeneration"]
                status["conditions"] = .array([.object(fields)])
            } else {
                status["conditions"] = []
                let resources =
                    pod["spec"]?.fields?["containers"]?.items?[0].fields?["resources"] ?? [:]
                status["containerStatuses"] = [
                    [
                        "name": "nginx", "allocatedResources": resources.fields?["requests"] ?? [:],
                        "resources": resources,
                    ]
                ]
            }
            pod["status"] = .object(status)
            json = .object(pod)
        }
    }

    private func resizer(
        _ client: APIClient,
        deadline: Duration = .seconds(20),
        isDryRun: Bool = false
    ) -> Resizer {
        Resizer(client, ResizeRules(), deadline: deadline, isDryRun: isDryRun)
    }

    private static let want = ContainerWant(container: "nginx", cpuMilli: 750, memoryBytes: nil)

    private func requests(_ server: APITestServer) -> String? {
        server.object(.pods, "shop", "web-1")?.fields?["spec"]?.fields?["containers"]?.items?[0]
            .fields?["resources"]?.fields?["requests"]?.fields?["cpu"]?.text
    }

    @Test func onlyTheContainersResourcesAreSentAndTheNodesAnswerIsWaitedFor() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            Self.put(server)
            let resizing = Task {
                try await self.resizer(client).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            }
            try await server.until { !$0.requests("patch", "pods/web-1/resize").isEmpty }
            let sent = try #require(server.requests("patch", "pods/web-1/resize").first)
            #expect(sent.headers["content-type"] == "application/strategic-merge-patch+json")
            #expect(
                sent.body
                    == #"{"spec":{"containers":[{"name":"nginx","resources":{"requests":{"cpu":"750m"}}}]}}"#
            )
            #expect(sent.status == 200)
            Self.answer(server)
            #expect(try await resizing.value == .done)
            #expect(requests(server) == "750m")
            let pod = server.object(.pods, "shop", "web-1")
            #expect(
                pod?.fields?["spec"]?.fields?["containers"]?.items?.count == 2,
                "the other container is as it was"
            )
            #expect(
                server.objects(.eventsV1, "shop").contains {
                    $0.fields?["reason"]?.text == "ContainerResized"
                }
            )
        }
    }

    @Test func whatTheNodeSaysOfItIsTheAnswer() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            Self.put(server)
            let deferred = Task {
                try await self.resizer(client, deadline: .milliseconds(500)).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            }
            try await server.until { !$0.requests("patch", "resize").isEmpty }
            Self.answer(
                server,
                condition: [
                    "type": "PodResizePending", "status": "True", "reason": "Deferred",
                    "message": "no room for 250m",
                ]
            )
            #expect(try await deferred.value == .deferred("no room for 250m"))
            // Asked for otherwise, while it waits: that may be, and never fits.
            let more = ContainerWant(container: "nginx", cpuMilli: 1_400, memoryBytes: nil)
            let refused = Task {
                try await self.resizer(client).resize(namespace: "shop", pod: "web-1", to: more)
            }
            try await server.until { $0.requests("patch", "resize").count == 2 }
            Self.answer(
                server,
                condition: [
                    "type": "PodResizePending", "status": "True", "reason": "Infeasible",
                    "message": "node has 1 CPU",
                ]
            )
            #expect(try await refused.value == .refused("node has 1 CPU"))
            let again = Task {
                try await self.resizer(client).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            }
            try await server.until { $0.requests("patch", "resize").count == 3 }
            Self.answer(
                server,
                condition: [
                    "type": "PodResizeInProgress", "status": "True", "reason": "Error",
                    "message": "the runtime would not",
                ]
            )
            #expect(try await again.value == .refused("the runtime would not"))
        }
    }

    @Test func aNodeThatSaysNothingIsNotWaitedForForEver() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            Self.put(server)
            let outcome = try await resizer(client, deadline: .milliseconds(200)).resize(
                namespace: "shop",
                pod: "web-1",
                to: Self.want
            )
            guard case .unanswered(let reason) = outcome else {
                Issue.record("expected no answer, got \(outcome)")
                return
            }
            #expect(reason.contains("the kubelet has not seen it"))
            // And it is not asked again meanwhile.
            #expect(
                try await resizer(client).resize(namespace: "shop", pod: "web-1", to: Self.want)
                    == .left("its last resize is under way")
            )
            #expect(server.requests("patch", "resize").count == 1)
        }
    }

    @Test func moreThanTheNodeHasAndWhatIsNotValidAreRefusals() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            server.put(
                .nodes,
                [
                    "metadata": ["name": "n1"],
                    "status": ["allocatable": ["cpu": "1100m", "memory": "8Gi"]],
                ]
            )
            Self.put(server)
            let outcome = try await resizer(client).resize(
                namespace: "shop",
                pod: "web-1",
                to: Self.want
            )
            guard case .refused(let forbidden) = outcome else {
                Issue.record("expected a refusal, got \(outcome)")
                return
            }
            #expect(forbidden.contains("didn't have enough allocatable resources: cpu"))
            #expect(requests(server) == "500m")
            server.remove(.nodes, nil, "n1")
            server.fail(.status(422), verb: "patch", path: "resize")
            guard
                case .refused = try await resizer(client).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            else {
                Issue.record("422 is a refusal")
                return
            }
        }
    }

    @Test func aMissingRightIsToldWithItsRule() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            Self.put(server)
            server.setUser(
                ServerUser(
                    name: "headroom",
                    rules: [
                        AccessRule(
                            groups: [""],
                            resources: ["pods"],
                            verbs: ["get", "list", "watch"]
                        )
                    ]
                ),
                token: APITestServer.token
            )
            guard
                case .refused(let reason) = try await resizer(client).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            else {
                Issue.record("expected a refusal")
                return
            }
            #expect(reason.contains("resources: [pods/resize], verbs: [patch]"))
        }
    }

    @Test func aPodThatIsDeletedMeanwhileEndsTheWait() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            #expect(
                try await resizer(client).resize(namespace: "shop", pod: "web-1", to: Self.want)
                    == .left("the pod is gone")
            )
            Self.put(server)
            let resizing = Task {
                try await self.resizer(client).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            }
            try await server.until { !$0.requests("patch", "resize").isEmpty && $0.watches > 0 }
            server.remove(.pods, "shop", "web-1")
            #expect(try await resizing.value == .refused("the pod is gone"))
        }
    }

    @Test func aServerThatIsDownIsAFailureAndOneThatComesBackGivesTheAnswer() async throws {
        try await ClientFixture.with(options: { $0.timeLimit = .seconds(2) }) { server, client in
            Self.put(server)
            try await server.goDown()
            await #expect(throws: APIFailure.self) {
                try await resizer(client).resize(namespace: "shop", pod: "web-1", to: Self.want)
            }
            try await server.comeUp()
            // The pool may hold off for a moment.
            for _ in 0..<200 {
                if (try? await client.get(Pod.self, namespace: "shop", name: "web-1")) != nil { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            let resizing = Task {
                try await self.resizer(client).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                )
            }
            try await server.until { !$0.requests("patch", "resize").isEmpty && $0.watches > 0 }
            try await server.goDown()
            Self.answer(server)
            try await server.comeUp()
            #expect(try await resizing.value == .done)
        }
    }

    @Test func aRehearsalIsAdmittedAndChangesNothing() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            Self.put(server)
            #expect(
                try await resizer(client, isDryRun: true).resize(
                    namespace: "shop",
                    pod: "web-1",
                    to: Self.want
                ) == .rehearsed("cpu 750m")
            )
            #expect(server.requests("patch", "resize").map { $0.query["dryRun"] } == ["All"])
            #expect(requests(server) == "500m")
            #expect(server.objects(.eventsV1, "shop").isEmpty)
        }
    }

    @Test func whoIsNotTheActiveOneAnyMoreSendsNothing() async throws {
        try await ClientFixture.with { (server: APITestServer, client: APIClient) async throws in
            Self.put(server)
            let resizer = Resizer(client, ResizeRules(), mayAct: { false })
            #expect(
                try await resizer.resize(namespace: "shop", pod: "web-1", to: Self.want)
                    == .left("another is the active one now")
            )
            #expect(server.requests("patch").isEmpty)
        }
    }
}
