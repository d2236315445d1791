internal import Aggregates
internal import Forecast
internal import Planner

/// What a planner has learned, as it stands in a checkpoint: `plan cpu pool:web`, then the cost ratio,
/// the lead and the quantiles that it was learned with, and its words.
struct LearnedPlan {
    private static let prefix = "plan "

    let key: String
    private let ratio: Double
    private let lead: Int64
    private let quantiles: [Double]
    private let words: [UInt64]

    /// Whether a name in a checkpoint is a plan's.
    static func isKey(_ text: String) -> Bool { text.hasPrefix(prefix) }

    static func key(of plan: PlannedResource, in configuration: EngineConfiguration) -> String {
        let whom =
            switch plan.scope {
            case .node: "node"
            case .pool(let index): "pool:" + configuration.pools[index].name
            case .cgroup(let path): path
            }
        return prefix + plan.resource.name + " " + whom
    }

    init(_ plan: PlannedResource, _ configuration: EngineConfiguration, words: [UInt64]) {
        key = Self.key(of: plan, in: configuration)
        ratio = plan.configuration.costRatio
        lead = plan.configuration.leadTimeNanoseconds
        quantiles = configuration.allQuantiles
        self.words = words
    }

    /// What was learned by this plan as it is configured now; nil when it was configured otherwise,
    /// and words would mean something else.
    func words(of plan: PlannedResource, _ configuration: EngineConfiguration) -> [UInt64]? {
        guard ratio == plan.configuration.costRatio, lead == plan.configuration.leadTimeNanoseconds,
            quantiles == configuration.allQuantiles
        else { return nil }
        return words
    }

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(ratio)
        writer.write(lead)
        writer.write(UInt32(quantiles.count))
        for quantile in quantiles { writer.write(quantile) }
        writer.write(UInt32(words.count))
        for word in words { writer.write(word) }
        return writer.bytes
    }

    /// Nil when the bytes are no such state.
    init?(key: String, encoded: ArraySlice<UInt8>) {
        var reader = ByteReader(encoded)
        guard let ratio = reader.readDouble(), let lead = reader.read(Int64.self),
            let quantileCount = reader.read(UInt32.self), quantileCount <= 64
        else { return nil }
        var quantiles: [Double] = []
        for _ in 0..<quantileCount {
            guard let quantile = reader.readDouble() else { return nil }
            quantiles.append(quantile)
        }
        guard let wordCount = reader.read(UInt32.self), reader.count == Int(wordCount) * 8 else {
            return nil
        }
        self.key = key
        self.ratio = ratio
        self.lead = lead
        self.quantiles = quantiles
        words = (0..<wordCount).compactMap { _ in reader.read(UInt64.self) }
    }
}
