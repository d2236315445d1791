/// One size in which a provider gives capacity: so much CPU and memory together, at a price.
package struct ChunkShape: Sendable, Hashable {
    package var name: String
    /// Positive.
    package var cores: Double
    /// Bytes; positive.
    package var memoryBytes: Double
    /// What one costs an hour, in any currency; positive.
    package var price: Double

    package init(name: String, cores: Double, memoryBytes: Double, price: Double) {
        for (what, value) in [("cores", cores), ("memory", memoryBytes), ("price", price)] {
            precondition(
                value > 0 && value.isFinite, "\(what) of \(name) must be positive, got \(value)")
        }
        self.name = name
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.price = price
    }

    /// Whether one may be held where no more than this is.
    package func fits(cores: Double, memoryBytes: Double) -> Bool {
        self.cores <= cores && self.memoryBytes <= memoryBytes
    }
}
