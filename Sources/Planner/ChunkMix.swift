/// The cheapest whole numbers of chunks that cover a need for CPU and memory together.
package struct ChunkMix: Sendable, Hashable {
    /// How many of each shape, in the shapes' order.
    package let counts: [Int]
    package let price: Double
    package let cores: Double
    package let memoryBytes: Double

    /// More of one shape than this is refused, so that counts stay far from overflow.
    package static let most = 1_000_000
    /// Nodes of the search before the best mix found so far is taken.
    private static let budget = 20_000

    /// Finds the mix: exact for needs of up to a few dozen chunks; beyond that all but a few
    /// chunks are taken from the linear optimum, which has at most two shapes, and the rest is
    /// exact. Deterministic, time bounded.
    ///
    /// - Returns: `nil` when there are no shapes, or more than `most` of one would be needed.
    package static func cheapest(
        cores: Double,
        memoryBytes: Double,
        shapes: [ChunkShape]
    ) -> ChunkMix? {
        precondition(cores >= 0 && cores.isFinite, "cores must be at least 0, got \(cores)")
        precondition(
            memoryBytes >= 0 && memoryBytes.isFinite, "memory must be at least 0, got \(memoryBytes)")
        guard !shapes.isEmpty else { return nil }
        let relaxed = LinearMix.cheapest(cores, memoryBytes, shapes)
        guard relaxed.counts.allSatisfy({ $0 <= Double(most) }) else { return nil }
        // Whole chunks that surely belong to a good mix; a few stay open for the search.
        let kept = relaxed.counts.map { max(0, Int($0.rounded(.down)) - 8) }
        let keptCores = zip(kept, shapes).reduce(0) { $0 + Double($1.0) * $1.1.cores }
        let keptMemory = zip(kept, shapes).reduce(0) { $0 + Double($1.0) * $1.1.memoryBytes }
        var search = MixSearch(
            shapes: shapes,
            // A need of a billionth of a chunk is rounding.
            cores: max(0, cores - keptCores) * (1 - 1e-12),
            memoryBytes: max(0, memoryBytes - keptMemory) * (1 - 1e-12),
            start: zip(relaxed.counts, kept).map { Int($0.rounded(.up)) - $1 },
            budget: budget
        )
        search.run()
        guard search.isCovered else { return nil }
        let counts = zip(kept, search.best).map { $0 + $1 }
        return ChunkMix(
            counts: counts,
            price: zip(counts, shapes).reduce(0) { $0 + Double($1.0) * $1.1.price },
            cores: zip(counts, shapes).reduce(0) { $0 + Double($1.0) * $1.1.cores },
            memoryBytes: zip(counts, shapes).reduce(0) { $0 + Double($1.0) * $1.1.memoryBytes }
        )
    }
}
