import APITestServer
import Fleet
import FoundationEssentials
import KubernetesAPI
import Synchronization
import Testing

/// What was learned, in ConfigMaps of a server that is as strict as a real one.
@Suite struct ConfigMapCheckpointTests {
    private func store(_ client: APIClient, _ writer: String, part: Int = 1_000, parts: Int = 16)
        -> ConfigMapCheckpointStore
    {
        ConfigMapCheckpointStore(
            client,
            namespace: "shop",
            map: "headroom-fleet",
            writer: writer,
            partLimit: part,
            partCount: parts
        )
    }

    private static func bytes(_ count: Int, _ seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) ^ seed }
    }

    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [0, 1, 999, 1_000, 1_001, 15_999, 16_000])
    func whatIsWrittenIsReadByAnother(_ count: Int) async throws {
        try await ClusterFixture.with(["a", "b"]) { _, clients in
            let (one, other) = (store(clients[0], "a"), store(clients[1], "b"))
            #expect(try await one.read() == nil)
            try await one.write(Self.bytes(count, 1)) { true }
            #expect(try await other.read() == Self.bytes(count, 1))
            #expect(try await other.readNews() == nil, "it is known")
            try await one.write(Self.bytes(count / 2, 2)) { true }
            #expect(try await other.readNews() == Self.bytes(count / 2, 2))
        }
    }

    @Test func aMapAsLargeAsTheServerTakesIsTaken() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let store = store(clients[0], "a", part: ConfigMapCheckpointStore.standardPartLimit)
            let bytes = Self.bytes(2 << 20, 3)
            try await store.write(bytes) { true }
            #expect(server.objects(.configMaps, "shop").count == 4, "a head and three parts")
            #expect(try await store.read() == bytes)
        }
    }

    @Test func aMapThatIsLargerThanTheServerTakesIsRefusedAndWhatWasThereStays() async throws {
        try await ClusterFixture.with(["a"]) { _, clients in
            let good = store(clients[0], "a")
            try await good.write([1, 2, 3]) { true }
            let store = store(clients[0], "a", part: 2 << 20)
            let refusal = await refusal {
                try await store.write(Self.bytes(1 << 20 + 1, 1)) { true }
            }
            #expect(refusal?.contains("may not be more than 1048576 bytes") == true)
            #expect(try await good.read() == [1, 2, 3])
        }
    }

    @Test func tooMuchIsToldAndNothingIsWritten() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let refusal = await refusal {
                try await store(clients[0], "a").write(Self.bytes(16_001, 1)) { true }
            }
            #expect(
                refusal?.contains("16001 bytes, more than the 16000 that 16 ConfigMaps hold")
                    == true
            )
            #expect(server.objects(.configMaps, "shop").isEmpty)
        }
    }

    @Test(arguments: 0..<4)
    func whoStopsHalfWayLeavesWhatWasThere(_ after: Int) async throws {
        try await ClusterFixture.with(["a", "b"]) { server, clients in
            let store = store(clients[0], "a")
            try await store.write(Self.bytes(2_500, 1)) { true }
            let seen = Atomic(0)
            for _ in 0..<after { server.fail(.slow(milliseconds: 0), verb: "create") }
            // The server is gone for good after so many parts.
            server.fail(.drop, next: 50, verb: "create")
            let refusal = await refusal {
                try await store.write(Self.bytes(2_900, 2)) {
                    seen.add(1, ordering: .relaxed)
                    return false
                }
            }
            #expect(refusal != nil)
            #expect(seen.load(ordering: .relaxed) == (after < 3 ? 0 : 1))
            server.clearFaults()
            #expect(try await self.store(clients[1], "b").read() == Self.bytes(2_500, 1))
            // And the next write is as any other.
            try await store.write(Self.bytes(2_800, 3)) { true }
            #expect(try await self.store(clients[1], "b").read() == Self.bytes(2_800, 3))
        }
    }

    @Test(arguments: ["gone", "older", "damaged", "no bytes"])
    func aTornSetIsRefusedAndSaysWhy(_ fault: String) async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let store = store(clients[0], "a")
            try await store.write(Self.bytes(2_500, 1)) { true }
            let part = "headroom-fleet-a-1"
            switch fault {
            case "gone": server.remove(.configMaps, "shop", part)
            case "older":
                Self.edit(server, part) { $0["data"] = ["generation": "7", "writer": "a"] }
            case "damaged":
                Self.edit(server, part) {
                    $0["binaryData"] = [
                        "state": .string(Data(Self.bytes(1_000, 9)).base64EncodedString())
                    ]
                }
            default: Self.edit(server, part) { $0["binaryData"] = [:] }
            }
            let refusal = await refusal { _ = try await store.read() }
            #expect(refusal?.contains("generation 1 by a is not whole") == true)
            #expect(refusal?.contains(fault == "damaged" ? "checksum" : part) == true)
            try await store.write(Self.bytes(100, 4)) { true }
            #expect(try await store.read() == Self.bytes(100, 4), "the next one is whole again")
        }
    }

    @Test func ofTwoWritersOneHasAConflictAndNothingIsMixed() async throws {
        try await ClusterFixture.with(["a", "b"]) { _, clients in
            let (one, other) = (store(clients[0], "a"), store(clients[1], "b"))
            try await one.write(Self.bytes(2_500, 1)) { true }
            _ = try await other.read()
            try await one.write(Self.bytes(2_500, 2)) { true }
            let conflict = await refusal { try await other.write(Self.bytes(2_500, 3)) { true } }
            #expect(conflict?.contains("another has written it meanwhile") == true)
            // The set that both wrote to was not the present one.
            #expect(try await one.read() == Self.bytes(2_500, 2))
            try await other.write(Self.bytes(2_500, 4)) { true }
            #expect(try await one.readNews() == Self.bytes(2_500, 4))
        }
    }

    @Test func whoIsNotTheActiveOneAnyMorePutsNothingInPlace() async throws {
        try await ClusterFixture.with(["a"]) { _, clients in
            let store = store(clients[0], "a")
            try await store.write([1]) { true }
            let refusal = await refusal { try await store.write([2]) { false } }
            #expect(refusal?.contains("another is the active one now") == true)
            #expect(try await store.read() == [1])
        }
    }

    @Test func anAnswerThatIsLostIsNoConflict() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let store = store(clients[0], "a")
            try await store.write([1]) { true }
            server.fail(.dropAfter, verb: "update", path: "configmaps/headroom-fleet")
            try await store.write([2]) { true }
            #expect(try await store.read() == [2])
        }
    }

    @Test func somebodyElsesMapIsNotTouched() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            server.put(
                .configMaps,
                ["metadata": ["name": "headroom-fleet", "namespace": "shop"], "data": ["k": "v"]]
            )
            let store = store(clients[0], "a")
            #expect(await refusal { _ = try await store.read() }?.contains("format none") == true)
            #expect(
                await refusal { try await store.write([1]) { true } }?.contains("somebody else's")
                    == true
            )
            #expect(server.objects(.configMaps, "shop").count == 1)
        }
    }

    private static func edit(
        _ server: APITestServer,
        _ name: String,
        _ change: (inout [String: JSON]) -> Void
    ) {
        server.edit(.configMaps, "shop", name) { json in
            var fields = json.fields ?? [:]
            change(&fields)
            json = .object(fields)
        }
    }
}
