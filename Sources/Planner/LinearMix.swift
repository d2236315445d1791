/// The cheapest mix when chunks may be cut. With two needs a cheapest mix has at most two shapes
/// (a basic solution of the linear programme), so all pairs are tried. O(shapes²).
struct LinearMix {
    /// How many of each shape.
    private(set) var counts: [Double]
    private(set) var price: Double

    static func cheapest(_ cores: Double, _ memoryBytes: Double, _ shapes: [ChunkShape]) -> LinearMix {
        var best = LinearMix(counts: shapes.map { _ in 0 }, price: .infinity)
        func consider(_ pairs: [(Int, Double)]) {
            let price = pairs.reduce(0) { $0 + $1.1 * shapes[$1.0].price }
            guard price < best.price else { return }
            best.counts = shapes.map { _ in 0 }
            for (index, count) in pairs { best.counts[index] = count }
            best.price = price
        }
        for (index, shape) in shapes.enumerated() {
            consider([(index, max(cores / shape.cores, memoryBytes / shape.memoryBytes))])
        }
        for (first, a) in shapes.enumerated() {
            for (second, b) in shapes.enumerated().dropFirst(first + 1) {
                // Cramer's rule: both needs are met exactly.
                let determinant = a.cores * b.memoryBytes - b.cores * a.memoryBytes
                guard determinant != 0 else { continue }
                let x = (cores * b.memoryBytes - b.cores * memoryBytes) / determinant
                let y = (a.cores * memoryBytes - cores * a.memoryBytes) / determinant
                if x >= 0 && y >= 0 && x.isFinite && y.isFinite {
                    consider([(first, x), (second, y)])
                }
            }
        }
        return best
    }
}
