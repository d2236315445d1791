internal import Forecast
package import KubernetesAPI

/// In ConfigMaps of a cluster, which all planners of a fleet share.
///
/// A ConfigMap holds 1 MiB, so the bytes are cut into parts. There are two sets of these,
/// `NAME-a-0…` and `NAME-b-0…`, and a head, `NAME`, that says which is the present one, with its
/// generation, the count of its parts and the checksum of all bytes. What is written goes to the
/// set that is not the present one; the head is replaced last, at the resourceVersion at which it
/// was seen. So who stops half-way leaves what was there before, and of two writers one gets a conflict.
/// A set that is not whole, or not of one generation, is refused.
package actor ConfigMapCheckpointStore: CheckpointStore {
    package nonisolated let name: String
    package nonisolated let isShared = true
    package nonisolated let limit: Int
    private let client: APIClient
    private let namespace: String
    private let map: String
    private let partLimit: Int
    /// Tells our writes from others'.
    private let writer: String
    /// As last read or written; nil: not known, or not there.
    private var head: ConfigMap?

    /// Bytes a ConfigMap: below its MiB by what its other fields take.
    package static let standardPartLimit = 900 << 10
    /// With both sets 28 MiB of etcd's 2 GiB.
    package static let standardPartCount = 16
    private static let label = ["app.kubernetes.io/managed-by": "headroom"]
    private static let format = "1"
    private static let key = "state"

    /// - Parameters:
    ///   - map: the head's name; its parts' begin with it.
    ///   - writer: no two processes may have the same.
    package init(
        _ client: APIClient,
        namespace: String,
        map: String,
        writer: String,
        partLimit: Int = standardPartLimit,
        partCount: Int = standardPartCount
    ) {
        precondition(partLimit > 0, "a part must hold something, got \(partLimit) bytes")
        precondition(partCount > 0, "there must be a part, got \(partCount)")
        self.client = client
        self.namespace = namespace
        self.map = map
        self.writer = writer
        self.partLimit = partLimit
        limit = partLimit * partCount
        name = "configmap \(namespace)/\(map)"
    }

    // MARK: Reading

    package func read() async throws(CheckpointStoreError) -> [UInt8]? {
        try await whole(try await readHead())
    }

    package func readNews() async throws(CheckpointStoreError) -> [UInt8]? {
        let known = head?.metadata.resourceVersion
        let seen = try await readHead()
        guard seen?.metadata.resourceVersion != known else { return nil }
        return try await whole(seen)
    }

    private func whole(_ seen: ConfigMap?) async throws(CheckpointStoreError) -> [UInt8]? {
        var seen = seen
        while let present = seen {
            let index = try Index(present)
            do throws(TornSet) {
                return try await parts(of: index)
            } catch {
                // Written anew while it was read?
                let again = try await readHead()
                guard again?.metadata.resourceVersion != present.metadata.resourceVersion else {
                    throw CheckpointStoreError(
                        "generation \(index.generation) by \(index.writer) is not whole: \(error.reason)"
                    )
                }
                seen = again
            }
        }
        return nil
    }

    private func readHead() async throws(CheckpointStoreError) -> ConfigMap? {
        head = try await find(map)
        return head
    }

    private func parts(of index: Index) async throws(TornSet) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(index.byteCount)
        for number in 0..<index.partCount {
            let name = partName(index.slot, number)
            let part: ConfigMap?
            do throws(CheckpointStoreError) {
                part = try await find(name)
            } catch {
                throw TornSet(reason: "\(error)")
            }
            guard let part else { throw TornSet(reason: "ConfigMap \(name) is not there") }
            guard part.data?["generation"] == String(index.generation),
                part.data?["writer"] == index.writer
            else {
                throw TornSet(
                    reason:
                        "ConfigMap \(name) is of generation \(part.data?["generation"] ?? "none")"
                )
            }
            guard let state = part[binary: Self.key] else {
                throw TornSet(reason: "ConfigMap \(name) has no \(Self.key)")
            }
            bytes += state
        }
        guard bytes.count == index.byteCount else {
            throw TornSet(reason: "\(bytes.count) bytes instead of \(index.byteCount)")
        }
        guard Self.checksum(bytes) == index.checksum else {
            throw TornSet(reason: "its checksum is wrong")
        }
        return bytes
    }

    // MARK: Writing

    package func write(
        _ bytes: [UInt8],
        while mayWrite: @Sendable () async -> Bool
    ) async throws(CheckpointStoreError) {
        guard bytes.count <= limit else {
            throw CheckpointStoreError(
                "\(bytes.count) bytes, more than the \(limit) that \(limit / partLimit) ConfigMaps hold: keep it in a file on a volume"
            )
        }
        // Which set may be written over is only known of the head as it is now.
        let known = head?.metadata.resourceVersion
        let seen = try await readHead()
        if let known, seen?.metadata.resourceVersion != known {
            throw CheckpointStoreError("another has written it meanwhile")
        }
        let old =
            try head.map { map throws(CheckpointStoreError) in
                guard map.metadata.labels?["app.kubernetes.io/managed-by"] == "headroom" else {
                    throw CheckpointStoreError(
                        "it is somebody else's: it has no label app.kubernetes.io/managed-by: headroom"
                    )
                }
                // A head that makes no sense is written over.
                return try? Index(map)
            } ?? nil
        let index = Index(
            generation: (old?.generation ?? 0) + 1,
            slot: old?.slot == "a" ? "b" : "a",
            partCount: max(1, (bytes.count + partLimit - 1) / partLimit),
            byteCount: bytes.count,
            checksum: Self.checksum(bytes),
            writer: writer
        )
        for number in 0..<index.partCount {
            let first = number * partLimit
            let part = Array(bytes[first..<min(first + partLimit, bytes.count)])
            try await put(part, partName(index.slot, number), index)
        }
        guard await mayWrite() else {
            throw CheckpointStoreError(
                "another is the active one now: generation \(index.generation) is not put in place"
            )
        }
        var new = head ?? empty(map)
        new.data = index.data
        do throws(CheckpointStoreError) {
            head = try await put(new, isNew: head == nil)
        } catch {
            // Its answer may have been lost, and what was tried again met itself.
            let there = try? await find(map)
            guard let there, let found = try? Index(there), found == index else {
                head = nil
                throw error
            }
            head = there
        }
    }

    private func put(_ bytes: [UInt8], _ name: String, _ index: Index)
        async throws(CheckpointStoreError)
    {
        let there = try await find(name)
        var part = there ?? empty(name)
        part.data = ["generation": String(index.generation), "writer": index.writer]
        part[binary: Self.key] = bytes
        do throws(CheckpointStoreError) {
            _ = try await put(part, isNew: there == nil)
        } catch {
            let now = try? await find(name)
            guard now?.data == part.data, now?[binary: Self.key] == bytes else { throw error }
        }
    }

    private func put(_ map: ConfigMap, isNew: Bool) async throws(CheckpointStoreError) -> ConfigMap {
        do {
            return isNew ? try await client.create(map) : try await client.replace(map)
        } catch {
            if (error as? APIFailure)?.isConflict == true {
                throw CheckpointStoreError("another has written it meanwhile: \(error)")
            }
            throw CheckpointStoreError("\(error)")
        }
    }

    /// It stays where it is: the next write goes to the other set.
    package func setAside() -> String? { nil }

    // MARK: Parts

    private func find(_ name: String) async throws(CheckpointStoreError) -> ConfigMap? {
        do {
            return try await client.get(ConfigMap.self, namespace: namespace, name: name)
        } catch {
            if (error as? APIFailure)?.isNotFound == true { return nil }
            throw CheckpointStoreError("\(error)")
        }
    }

    private func empty(_ name: String) -> ConfigMap {
        ConfigMap(metadata: ObjectMeta(name: name, namespace: namespace, labels: Self.label))
    }

    private func partName(_ slot: String, _ number: Int) -> String { "\(map)-\(slot)-\(number)" }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var checksum = Checksum32()
        checksum.add(bytes[...])
        return checksum.value
    }

    private struct TornSet: Error {
        let reason: String
    }

    /// What the head says.
    private struct Index: Hashable {
        let generation: UInt64
        let slot: String
        let partCount: Int
        let byteCount: Int
        let checksum: UInt32
        let writer: String

        init(
            generation: UInt64,
            slot: String,
            partCount: Int,
            byteCount: Int,
            checksum: UInt32,
            writer: String
        ) {
            self.generation = generation
            self.slot = slot
            self.partCount = partCount
            self.byteCount = byteCount
            self.checksum = checksum
            self.writer = writer
        }

        init(_ map: ConfigMap) throws(CheckpointStoreError) {
            let data = map.data ?? [:]
            guard data["format"] == ConfigMapCheckpointStore.format else {
                throw CheckpointStoreError(
                    "it is of format \(data["format"] ?? "none"), this version reads \(ConfigMapCheckpointStore.format)"
                )
            }
            guard let generation = data["generation"].flatMap({ UInt64($0) }), generation < .max,
                let slot = data["slot"], ["a", "b"].contains(slot),
                let partCount = data["parts"].flatMap({ Int($0) }), (1...1_024).contains(partCount),
                let byteCount = data["bytes"].flatMap({ Int($0) }),
                (0...1 << 30).contains(byteCount),
                let checksum = data["crc32"].flatMap({ UInt32($0, radix: 16) }),
                let writer = data["writer"]
            else {
                throw CheckpointStoreError("its data is not what Headroom writes there")
            }
            self.init(
                generation: generation,
                slot: slot,
                partCount: partCount,
                byteCount: byteCount,
                checksum: checksum,
                writer: writer
            )
        }

        var data: [String: String] {
            [
                "format": ConfigMapCheckpointStore.format, "generation": String(generation),
                "slot": slot, "parts": String(partCount), "bytes": String(byteCount),
                "crc32": String(checksum, radix: 16), "writer": writer,
            ]
        }
    }
}
