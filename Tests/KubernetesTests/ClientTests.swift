import APITestServer
import Foundation
import KubernetesAPI
import Testing

/// The client against a server that is as strict as a real one.
@Suite struct ClientTests {
    @Test func objectsAreMadeReadChangedAndReplaced() async throws {
        try await ClientFixture.with { server, client in
            let made = try await client.create(ClientFixture.map("a", ["k": "1"]))
            #expect(made.metadata.uid != nil && made.metadata.resourceVersion != nil)
            var patched = try await client.patch(
                ConfigMap.self, namespace: "shop", name: "a", .merge(["data": ["l": "2"]]))
            #expect(patched.data == ["k": "1", "l": "2"])
            patched.data = ["only": "3"]
            patched[binary: "b"] = [0, 255]
            let replaced = try await client.replace(patched)
            #expect(replaced.data == ["only": "3"] && replaced[binary: "b"] == [0, 255])
            // The same again is by now an old version.
            let failure = await failure { _ = try await client.replace(patched) }
            #expect(failure?.isConflict == true && failure?.reason == "Conflict")
            server.remove(.configMaps, "shop", "a")
            let gone = await self.failure { _ = try await client.get(ConfigMap.self, namespace: "shop", name: "a") }
            #expect(gone?.isNotFound == true)
            #expect(gone?.description.contains("get configmaps a in shop") == true)
        }
    }

    private func failure(_ body: () async throws -> Void) async -> APIFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? APIFailure
        }
    }

    @Test func whatExistsIsAConflictAndADryRunIsNotStored() async throws {
        try await ClientFixture.with { server, client in
            _ = try await client.create(ClientFixture.map("dry"), dryRun: true)
            #expect(server.object(.configMaps, "shop", "dry") == nil)
            _ = try await client.create(ClientFixture.map("a"))
            let twice = await failure { _ = try await client.create(ClientFixture.map("a")) }
            #expect(twice?.isConflict == true && twice?.reason == "AlreadyExists")
            let invalid = await failure { _ = try await client.create(ClientFixture.map("Not_A_Name")) }
            #expect(invalid?.isInvalid == true && invalid?.causes.isEmpty == false)
            var elsewhere = ClientFixture.map("a")
            elsewhere.metadata.namespace = "nowhere"
            let missing = await failure { _ = try await client.create(elsewhere) }
            #expect(missing?.isNotFound == true && missing?.message.contains("namespaces \"nowhere\"") == true)
        }
    }

    @Test func appliedFieldsAreOursUnlessTheyAreTakenFromAnother() async throws {
        try await ClientFixture.with { server, client in
            let applied = try await client.apply(ClientFixture.map("a", ["k": "1"]))
            #expect(applied.data == ["k": "1"])
            server.edit(.configMaps, "shop", "a", manager: "kubectl") { json in
                json = Self.with(json, "data", ["k": "theirs"])
            }
            let conflict = await failure { _ = try await client.apply(ClientFixture.map("a", ["k": "2"])) }
            #expect(conflict?.isConflict == true && conflict?.message.contains("kubectl") == true)
            #expect(try await client.apply(ClientFixture.map("a", ["k": "2"]), force: true).data == ["k": "2"])
        }
    }

    private static func with(_ json: JSON, _ name: String, _ value: JSON) -> JSON {
        var fields = json.fields ?? [:]
        fields[name] = value
        return .object(fields)
    }

    @Test func aLongListComesInPagesAndBeginsAnewWhenItsPlaceIsForgotten() async throws {
        try await ClientFixture.with(options: { $0.pageSize = 3 }) { server, client in
            for number in 0..<10 { _ = try await client.create(ClientFixture.map("m\(number)")) }
            #expect(try await client.list(ConfigMap.self, namespace: "shop").items.count == 10)
            server.forgetRequests()
            server.fail(.status(410), verb: "list", path: "configmaps")
            #expect(try await client.list(ConfigMap.self, namespace: "shop").items.count == 10)
            #expect(server.requests("list").count == 5)
            let one = try await client.list(ConfigMap.self, namespace: nil, fields: "metadata.name=m7")
            #expect(one.items.map(\.metadata.name) == ["m7"])
        }
    }

    @Test func whatIsPutOffIsTriedAgainAndWhatIsNotSafeIsNot() async throws {
        try await ClientFixture.with { server, client in
            _ = try await client.create(ClientFixture.map("a"))
            for fault in [Fault.status(429, retryAfter: 0), .status(503), .status(500), .drop] {
                server.fail(fault, next: 2, verb: "get")
                #expect(try await client.get(ConfigMap.self, namespace: "shop", name: "a").metadata.name == "a")
            }
            #expect(client.counts["retries"] >= 8 && client.counts["throttled"] == 2)
            server.fail(.status(429, retryAfter: 0), verb: "create")
            _ = try await client.create(ClientFixture.map("b"))
            server.fail(.status(500), verb: "create")
            #expect(await failure { _ = try await client.create(ClientFixture.map("c")) }?.status == 500)
            server.fail(.status(429, retryAfter: 3_600), verb: "get")
            let patient = await failure { _ = try await client.get(ConfigMap.self, namespace: "shop", name: "a") }
            #expect(patient?.retryAfter == .seconds(3_600), "a long wait is the caller's to decide on")
        }
    }

    @Test func aServerThatIsDownIsAFailureWithItsAddressAndComesBack() async throws {
        try await ClientFixture.with { server, client in
            _ = try await client.create(ClientFixture.map("a"))
            try await server.goDown()
            let failure = await failure { _ = try await client.get(ConfigMap.self, namespace: "shop", name: "a") }
            #expect(failure != nil && failure?.status == nil && failure?.message.contains(server.url) == true)
            try await server.comeUp()
            // The pool may hold off for a moment.
            for _ in 0..<100 {
                if (try? await client.get(ConfigMap.self, namespace: "shop", name: "a")) != nil { return }
            }
            Issue.record("it did not come back")
        }
    }

    @Test func aRefusalNamesTheRuleThatIsMissing() async throws {
        try await ClientFixture.with { server, client in
            server.setUser(
                ServerUser(name: "headroom", rules: [AccessRule(groups: [""], resources: ["configmaps"], verbs: ["get"])]),
                token: APITestServer.token)
            let failure = await failure { _ = try await client.list(ConfigMap.self, namespace: "shop") }
            #expect(failure?.isForbidden == true)
            #expect(failure?.rule == #"{apiGroups: [""], resources: [configmaps], verbs: [list]}"#)
            #expect(failure?.description.contains("cannot list resource") == true)
        }
    }

    @Test func aTokenThatRotatesIsReadAgain() async throws {
        let file = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        try "first\n".write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await ClientFixture.with(access: { server in
            server.setUser(ServerUser(name: "headroom", rules: [.everything]), token: "first")
            var access = ClusterAccess(server: server.url, origin: "test")
            access.credential = .tokenFile(file)
            return access
        }) { server, client in
            _ = try await client.create(ClientFixture.map("a"))
            try "second\n".write(toFile: file, atomically: true, encoding: .utf8)
            server.rotate("first", to: "second")
            #expect(try await client.get(ConfigMap.self, namespace: "shop", name: "a").metadata.name == "a")
            #expect(client.counts["unauthorized"] == 1)
            server.rotate("second", to: "third")
            let failure = await failure { _ = try await client.get(ConfigMap.self, namespace: "shop", name: "a") }
            #expect(failure?.isUnauthorized == true)
            #expect(failure?.description.contains("second") == false, "a token is in no error text")
        }
    }

    @Test(arguments: [true, false])
    func discoverySaysWhatThereIs(aggregated: Bool) async throws {
        try await ClientFixture.with(kinds: ServedKind.all.filter { $0.kind != "VerticalPodAutoscaler" }) { server, client in
            server.setAggregatesDiscovery(aggregated)
            let found = try await client.discover()
            #expect(found.offers(ConfigMap.kind) && found.offers(Lease.kind))
            #expect(found.versions(of: "autoscaling.x-k8s.io") == ["v1beta1", "v1alpha1"])
            #expect(found.versions(of: "autoscaling.k8s.io").isEmpty)
            #expect(found.serverVersion.hasPrefix("v1."))
            #expect(try await client.mayI("create", ConfigMap.kind, namespace: "shop"))
        }
    }

    @Test func eventsThatRepeatAreOneWithACount() async throws {
        try await ClientFixture.with { server, client in
            let map = try await client.create(ClientFixture.map("a"))
            let recorder = EventRecorder(client, instance: "test")
            for _ in 0..<3 {
                await recorder.record(map, reason: "Changed", action: "Change", note: "from 1 to 2")
            }
            await recorder.record(map, level: .warning, reason: "Refused", action: "Change", note: "quota")
            #expect(client.counts["events"] == 4 && client.counts["events_failed"] == 0)
            let events = server.objects(.eventsV1, "shop")
            #expect(events.count == 2)
            #expect(events.contains { $0.fields?["series"]?.fields?["count"]?.integer == 3 })
        }
    }
}
