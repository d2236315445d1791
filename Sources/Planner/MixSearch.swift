/// Depth first branch and bound over the counts of each shape.
struct MixSearch {
    private let shapes: [ChunkShape]
    private let cores: Double
    private let memoryBytes: Double
    private var budget: Int
    private(set) var best: [Int]
    private var bestPrice: Double
    private var counts: [Int]
    /// Cheapest price of a core, and of a byte, among the shapes from an index on.
    private let corePrices: [Double]
    private let bytePrices: [Double]

    init(shapes: [ChunkShape], cores: Double, memoryBytes: Double, budget: Int) {
        self.shapes = shapes
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.budget = budget
        counts = shapes.map { _ in 0 }
        best = counts
        bestPrice = .infinity
        func suffixMinimum(_ price: (ChunkShape) -> Double) -> [Double] {
            var least = Double.infinity
            return Array(
                shapes.reversed().map { shape in
                    least = min(least, price(shape))
                    return least
                }.reversed()
            )
        }
        corePrices = suffixMinimum { $0.price / $0.cores }
        bytePrices = suffixMinimum { $0.price / $0.memoryBytes }
        // One shape alone is always a mix, and bounds the rest.
        for (index, shape) in shapes.enumerated() {
            let count = Self.count(shape, cores, memoryBytes)
            guard Double(count) * shape.price < bestPrice else { continue }
            best = shapes.map { _ in 0 }
            best[index] = count
            bestPrice = Double(count) * shape.price
        }
    }

    mutating func run() { search(0, cores, memoryBytes, 0) }

    private mutating func search(_ index: Int, _ cores: Double, _ memory: Double, _ price: Double) {
        if cores <= 0 && memory <= 0 {
            guard price < bestPrice else { return }
            bestPrice = price
            best = counts
            return
        }
        guard index < shapes.count, budget > 0 else { return }
        budget -= 1
        let bound = max(max(0, cores) * corePrices[index], max(0, memory) * bytePrices[index])
        guard price + bound < bestPrice * (1 - 1e-12) else { return }
        let shape = shapes[index]
        let most = Self.count(shape, max(0, cores), max(0, memory))
        for count in stride(from: most, through: 0, by: -1) {
            counts[index] = count
            search(
                index + 1,
                cores - Double(count) * shape.cores,
                memory - Double(count) * shape.memoryBytes,
                price + Double(count) * shape.price
            )
        }
        counts[index] = 0
    }

    /// How many of one shape cover both needs.
    private static func count(_ shape: ChunkShape, _ cores: Double, _ memory: Double) -> Int {
        Int(max(cores / shape.cores, memory / shape.memoryBytes).rounded(.up))
    }
}
