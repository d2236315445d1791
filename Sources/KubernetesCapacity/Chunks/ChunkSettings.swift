/// Where and how chunks are kept.
package struct ChunkSettings: Sendable {
    /// Which objects hold the chunks.
    package enum Mode: String, Sendable, CaseIterable {
        /// A CapacityBuffer where the cluster has the kind, else a Deployment of pause pods.
        case auto
        case buffer
        case deployment
    }

    package var namespace: String
    /// The objects' name; `{pool}` stands for the pool's, `{node}` for `node`. One without `{pool}` serves one pool.
    package var name: String
    /// Where this process runs, for `{node}`.
    package var node = ""
    /// Whose the objects are, as is written on them: what another owner keeps is left alone. Planners of which one acts have
    /// the same.
    package var owner: String
    package var chunk: ChunkSize
    /// The most chunks a pool may have; nil for no limit.
    package var maximumChunks: Int?
    package var mode: Mode
    package var image: String
    /// Nil: none in a CapacityBuffer's template, `headroom-pause` for pause pods.
    package var priorityClass: String?
    package var nodeSelector: [String: String]
    package var tolerations: [Toleration]
    /// How long fewer chunks must be wanted before fewer are kept.
    package var window: Duration
    /// When a request that the cluster has not settled is answered with what there is.
    package var deadline: Duration
    /// How long a condition that was there before a change may be left over from before it.
    package var settling: Duration

    package init(namespace: String, name: String, chunk: ChunkSize, owner: String = Self.fleet) {
        self.namespace = namespace
        self.name = name
        self.owner = owner
        self.chunk = chunk
        mode = .auto
        image = "registry.k8s.io/pause:3.10"
        nodeSelector = [:]
        tolerations = []
        window = .seconds(300)
        deadline = .seconds(900)
        settling = .seconds(60)
    }

    /// The owner of what fleet planners keep.
    package static let fleet = "fleet"

    /// The name of the objects of `pool`: the template filled in, in lower case, with what a name may
    /// not have as hyphens. A name that had to be changed gets a hash, so that no two pools share one.
    package func objectName(pool: String) -> String {
        let filled = name.replacing("{node}", with: node).replacing("{pool}", with: pool)
        let parts = filled.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
            default: UInt8(ascii: "-")
            }
        }
        let name = String(decoding: parts, as: UTF8.self)
        if name == filled, name.utf8.count <= 63, name.first != "-", name.last != "-" {
            return name
        }
        // FNV-1a, which is the same in every run.
        var hash: UInt32 = 2_166_136_261
        for byte in filled.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        let words = name.split(separator: "-").joined(separator: "-")
        return "\(String(words.prefix(63 - 1 - digits.utf8.count)))-\(digits)"
    }

    /// Whether every pool has objects of its own.
    package var servesManyPools: Bool { name.contains("{pool}") }
}
