internal import Aggregates
internal import ArgumentParser
internal import KubernetesCapacity

/// What a chunk is, and how many there may be.
struct ChunkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The objects' name; {pool} stands for the pool's, {node} for the node's. Without {pool} one pool is served. (default: headroom-{node}-{pool}, of fleet headroom-{pool})",
            valueName: "name"
        )
    )
    var buffer: String?

    @Option(
        help: ArgumentHelp("What one chunk requests.", valueName: "cpu=…,memory=…"),
        transform: ChunkOptions.chunk
    )
    var chunk = ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30)

    @Option(help: ArgumentHelp("The most chunks a pool may have.", valueName: "count"))
    var maxChunks: Int?

    @Option(
        help: "What holds the chunks: auto, buffer (CapacityBuffer) or deployment (pause pods)."
    )
    var mode = ChunkSettings.Mode.auto

    @Option(help: "The image that does nothing.")
    var image = "registry.k8s.io/pause:3.10"

    @Option(
        help: ArgumentHelp(
            "The chunks' PriorityClass, of a value from -10 to -1 for pause pods, which get headroom-pause without it.",
            valueName: "name"
        )
    )
    var priorityClass: String?

    @Option(
        name: .customLong("node-selector"),
        help: ArgumentHelp(
            "A label that nodes of chunks have; may be repeated.",
            valueName: "label=value"
        )
    )
    var nodeSelectors: [String] = []

    @Option(
        name: .customLong("toleration"),
        help: ArgumentHelp(
            "A taint that chunks tolerate; may be repeated.",
            valueName: "key[=value][:effect]"
        ),
        transform: ChunkOptions.toleration
    )
    var tolerations: [Toleration] = []

    @Option(
        help: ArgumentHelp(
            "Fewer chunks are kept after none more were wanted for so long.",
            valueName: "time"
        ),
        transform: ChunkOptions.time
    )
    var releaseAfter = Duration.seconds(300)

    @Option(
        help: ArgumentHelp(
            "A request is answered with what there is after this.",
            valueName: "time"
        ),
        transform: ChunkOptions.time
    )
    var deadline = Duration.seconds(900)

    func validate() throws {
        if let maxChunks, !(1...1_000_000).contains(maxChunks) {
            throw ValidationError("--max-chunks \(maxChunks): expected 1 to 1000000")
        }
        if let buffer,
            buffer.isEmpty
                || buffer.replacing("{pool}", with: "").replacing("{node}", with: "")
                    .contains(where: { $0 == "{" || $0 == "}" })
        {
            throw ValidationError(
                "--buffer \(buffer): expected a name such as web or headroom-{node}-{pool}"
            )
        }
        for selector in nodeSelectors where ChunkOptions.label(selector) == nil {
            throw ValidationError("--node-selector \(selector): expected label=value")
        }
    }

    /// - Parameter node: whose agent asks; nil: a fleet planner does, of which all have the same objects.
    func settings(namespace: String, node: String?) -> ChunkSettings {
        var settings = ChunkSettings(
            namespace: namespace, name: buffer ?? (node == nil ? "headroom-{pool}" : "headroom-{node}-{pool}"),
            chunk: chunk, owner: node ?? ChunkSettings.fleet)
        settings.node = node ?? ""
        settings.maximumChunks = maxChunks
        settings.mode = mode
        settings.image = image
        settings.priorityClass = priorityClass
        settings.nodeSelector = Dictionary(
            nodeSelectors.compactMap(ChunkOptions.label),
            uniquingKeysWith: { $1 }
        )
        settings.tolerations = tolerations
        settings.window = releaseAfter
        settings.deadline = deadline
        return settings
    }

    private static func label(_ text: String) -> (String, String)? {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, !pair[0].isEmpty else { return nil }
        return (String(pair[0]), String(pair[1]))
    }

    /// What one chunk has, of what Kubernetes sets aside.
    var steps: [Resource: Double] {
        Dictionary(
            uniqueKeysWithValues: [Resource.cpu, .memory].compactMap { resource in
                chunk.amount(of: resource).map { (resource, $0) }
            })
    }

    @Sendable private static func chunk(_ text: String) throws -> ChunkSize {
        guard let chunk = ChunkSize(text) else {
            throw ValidationError("\(text): expected both, positive, such as cpu=500m,memory=2Gi")
        }
        return chunk
    }

    @Sendable private static func toleration(_ text: String) throws -> Toleration {
        guard let toleration = Toleration(text) else {
            throw ValidationError("\(text): expected such as dedicated=spare:NoSchedule")
        }
        return toleration
    }

    @Sendable private static func time(_ text: String) throws -> Duration {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()),
            (0...86_400).contains(number)
        else { throw ValidationError("\(text): expected such as 30s, 5m or 1h") }
        return .seconds(number * unit)
    }
}

extension ChunkSettings.Mode: ExpressibleByArgument {}
