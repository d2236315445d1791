/// Depth first branch and bound over the counts of each shape. No more than `budget` nodes with as many leaves, whatever the shapes
/// are.
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

    /// - Parameter start: a mix that may cover the needs, and bounds the search then.
    init(shapes: [ChunkShape], cores: Double, memoryBytes: Double, start: [Int], budget: Int) {
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
        // One shape alone is a mix, where so many can be counted.
        for (index, shape) in shapes.enumerated() {
            let count = Self.count(shape, cores, memoryBytes)
            guard count <= Double(ChunkMix.most), count * shape.price < bestPrice else { continue }
            best = shapes.map { _ in 0 }
            best[index] = Int(count)
            bestPrice = count * shape.price
        }
        func sum(_ value: KeyPath<ChunkShape, Double>) -> Double {
            zip(start, shapes).reduce(0) { $0 + Double($1.0) * $1.1[keyPath: value] }
        }
        let price = sum(\.price)
        if price < bestPrice, sum(\.cores) >= cores, sum(\.memoryBytes) >= memoryBytes {
            best = start
            bestPrice = price
        }
    }

    /// Whether `best` covers the needs: else no mix that can be counted was found.
    var isCovered: Bool { bestPrice.isFinite }

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
        let needed = Self.count(shape, max(0, cores), max(0, memory))
        // More are dearer than the best that is known, or cannot be counted.
        let payable = min(((bestPrice - price) / shape.price).rounded(.down), Double(ChunkMix.most))
        let isLast = index == shapes.count - 1
        guard !isLast || needed <= payable else { return }
        var count = Int(min(needed, payable))
        // The last shape has to cover what is left.
        let least = isLast ? count : 0
        while count >= least, budget > 0 {
            counts[index] = count
            search(
                index + 1,
                cores - Double(count) * shape.cores,
                memory - Double(count) * shape.memoryBytes,
                price + Double(count) * shape.price
            )
            count -= 1
        }
        counts[index] = 0
    }

    /// How many of one shape cover both needs: a whole number, which may be beyond any that can be counted.
    private static func count(_ shape: ChunkShape, _ cores: Double, _ memory: Double) -> Double {
        max(cores / shape.cores, memory / shape.memoryBytes).rounded(.up)
    }
}
