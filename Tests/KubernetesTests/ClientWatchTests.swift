import APITestServer
import Foundation
import KubernetesAPI
import Testing

/// What a watch tells, whatever the server and the network do.
@Suite struct ClientWatchTests {
    /// What was told, as words: `synced a b`, `changed a`, `removed a`, `failing 503`.
    private final class Teller {
        private var iterator: WatchSequence<ConfigMap>.Iterator

        init(_ client: APIClient) { iterator = client.watch(ConfigMap.self, namespace: "shop").makeAsyncIterator() }

        func next() async -> String {
            switch await iterator.next() {
            case .synced(let all)?: "synced " + all.map(\.metadata.name).sorted().joined(separator: " ")
            case .changed(let map)?: "changed \(map.metadata.name)"
            case .removed(let map)?: "removed \(map.metadata.name)"
            case .failing(let failure)?: "failing \(failure.status ?? 0)"
            case nil: "end"
            }
        }

        /// The next that is no failure.
        func nextNews() async -> String {
            while true {
                let told = await next()
                if !told.hasPrefix("failing") { return told }
            }
        }
    }

    @Test(arguments: [true, false])
    func whatThereIsComesFirstThenChanges(streams: Bool) async throws {
        try await ClientFixture.with { server, client in
            server.setStreamsLists(streams)
            _ = try await client.create(ClientFixture.map("a"))
            _ = try await client.create(ClientFixture.map("b"))
            let teller = Teller(client)
            #expect(await teller.next() == "synced a b")
            _ = try await client.create(ClientFixture.map("c"))
            #expect(await teller.next() == "changed c")
            _ = try await client.patch(ConfigMap.self, namespace: "shop", name: "a", .merge(["data": ["k": "v"]]))
            #expect(await teller.next() == "changed a")
            server.remove(.configMaps, "shop", "b")
            #expect(await teller.next() == "removed b")
        }
    }

    @Test func aStreamThatIsCutGoesOnWhereItWas() async throws {
        try await ClientFixture.with { server, client in
            let teller = Teller(client)
            #expect(await teller.next() == "synced ")
            _ = try await client.create(ClientFixture.map("a"))
            #expect(await teller.next() == "changed a")
            server.endWatches(midLine: true)
            _ = try await client.create(ClientFixture.map("b"))
            #expect(await teller.nextNews() == "changed b", "neither lost nor listed anew")
            #expect(client.counts["watch_lists"] == 1)
        }
    }

    @Test func aVersionThatIsForgottenListsAnew() async throws {
        try await ClientFixture.with { server, client in
            let teller = Teller(client)
            #expect(await teller.next() == "synced ")
            _ = try await client.create(ClientFixture.map("a"))
            #expect(await teller.next() == "changed a")
            server.expireWatches()
            #expect(await teller.nextNews() == "synced a")
            #expect(client.counts["watch_expired"] == 1)
        }
    }

    @Test func aServerThatGoesDownIsToldAndFoundAgain() async throws {
        try await ClientFixture.with { server, client in
            let teller = Teller(client)
            #expect(await teller.next() == "synced ")
            _ = try await client.create(ClientFixture.map("a"))
            #expect(await teller.next() == "changed a")
            try await server.goDown()
            #expect(await teller.next() == "failing 0")
            server.put(.configMaps, ["metadata": ["name": "b", "namespace": "shop"]])
            try await server.comeUp()
            #expect(await teller.nextNews() == "changed b")
        }
    }

    @Test func aStormOfRefusalsIsWaitedOut() async throws {
        try await ClientFixture.with { server, client in
            server.fail(.status(429, retryAfter: 0), next: 12, verb: "watch")
            let teller = Teller(client)
            #expect(await teller.next() == "failing 429")
            _ = try await client.create(ClientFixture.map("a"))
            #expect(await teller.nextNews() == "synced a")
            #expect(client.counts["throttled"] == 12)
        }
    }

    @Test func aCancelledWatchEnds() async throws {
        try await ClientFixture.with { _, client in
            let task = Task {
                var count = 0
                for await _ in client.watch(ConfigMap.self, namespace: "shop") { count += 1 }
                return count
            }
            _ = try await client.create(ClientFixture.map("a"))
            task.cancel()
            _ = await task.value
        }
    }
}
