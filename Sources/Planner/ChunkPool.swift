/// One pool's capacity in whole chunks of several shapes, CPU and memory together.
///
/// Planners say how much of each resource they want; this picks the chunks. What is held is kept:
/// more is had by the cheapest chunks that cover what is missing, less by giving up the dearest
/// that are not needed. Only when a mix made anew would cost a tenth less is that taken.
/// Deterministic; value type; a call that changes nothing does not search.
package struct ChunkPool: Sendable {
    package let shapes: [ChunkShape]
    /// The most of each that may be held; chunks that do not fit under it are not taken.
    private let most: (cores: Double, memoryBytes: Double)
    /// How many of each shape, in the shapes' order.
    package private(set) var counts: [Int]
    /// What planners asked for last.
    package private(set) var wanted: (cores: Double, memoryBytes: Double) = (0, 0)

    static let worthRepacking = 0.9

    /// - Precondition: there is a shape; at least one fits under the maxima.
    package init(
        shapes: [ChunkShape], maximumCores: Double = .infinity,
        maximumMemoryBytes: Double = .infinity
    ) {
        precondition(
            shapes.contains { $0.fits(cores: maximumCores, memoryBytes: maximumMemoryBytes) },
            "no chunk fits under \(maximumCores) cores and \(maximumMemoryBytes) bytes")
        self.shapes = shapes
        most = (maximumCores, maximumMemoryBytes)
        counts = shapes.map { _ in 0 }
    }

    /// Whether another is of the same shapes, under the same maxima.
    package func isLike(_ other: ChunkPool) -> Bool { shapes == other.shapes && most == other.most }

    package var cores: Double { Self.sum(counts, shapes, \.cores) }
    package var memoryBytes: Double { Self.sum(counts, shapes, \.memoryBytes) }
    package var price: Double { Self.sum(counts, shapes, \.price) }

    /// As people read it: `2 large + 1 small for 0.65 an hour`.
    package var text: String {
        let parts = zip(counts, shapes).filter { $0.0 > 0 }.map { "\($0.0) \($0.1.name)" }
        let what = parts.isEmpty ? "no chunk" : parts.joined(separator: " + ")
        return what + " for \(Quantity.number(price)) an hour"
    }

    /// Takes what planners want now; not negative, finite.
    /// - Returns: whether other chunks are held from now on.
    package mutating func want(cores: Double, memoryBytes: Double) -> Bool {
        guard (cores, memoryBytes) != wanted else { return false }
        wanted = (cores, memoryBytes)
        let before = counts
        var kept = counts
        remove(from: &kept)
        let missing = (
            max(0, cores - Self.sum(kept, shapes, \.cores)),
            max(0, memoryBytes - Self.sum(kept, shapes, \.memoryBytes))
        )
        if let more = ChunkMix.cheapest(cores: missing.0, memoryBytes: missing.1, shapes: shapes) {
            kept = zip(kept, more.counts).map(+)
            remove(from: &kept)
        }
        if let anew = ChunkMix.cheapest(cores: cores, memoryBytes: memoryBytes, shapes: shapes),
            anew.price < Self.worthRepacking * Self.sum(kept, shapes, \.price)
        {
            kept = anew.counts
        }
        fit(&kept)
        counts = kept
        return counts != before
    }

    /// Gives up chunks that are not needed, the dearest first.
    private func remove(from counts: inout [Int]) {
        for index in shapes.indices.sorted(by: { shapes[$0].price > shapes[$1].price }) {
            let held = counts[index]
            let needed = Self.first(in: 0...held) { count in
                counts[index] = count
                return Self.sum(counts, shapes, \.cores) >= wanted.cores * (1 - 1e-12)
                    && Self.sum(counts, shapes, \.memoryBytes) >= wanted.memoryBytes * (1 - 1e-12)
            }
            counts[index] = needed ?? held
        }
    }

    /// Down to what may be held, by the cheapest chunks first, and then up again by those that
    /// still fit and bring something that is missing.
    private func fit(_ counts: inout [Int]) {
        func isAbove() -> Bool {
            Self.sum(counts, shapes, \.cores) > most.cores * (1 + 1e-12)
                || Self.sum(counts, shapes, \.memoryBytes) > most.memoryBytes * (1 + 1e-12)
        }
        func isMissing() -> Bool {
            Self.sum(counts, shapes, \.cores) < wanted.cores || Self.sum(counts, shapes, \.memoryBytes) < wanted.memoryBytes
        }
        guard isAbove() else { return }
        let cheapestFirst = shapes.indices.sorted { shapes[$0].price < shapes[$1].price }
        for index in cheapestFirst where isAbove() {
            let held = counts[index]
            let fewer = Self.first(in: 0...held) { fewer in
                counts[index] = held - fewer
                return !isAbove()
            }
            counts[index] = held - (fewer ?? held)
        }
        for index in cheapestFirst where isMissing() {
            let held = counts[index]
            let room = max(0, ChunkMix.most - held)
            let more = Self.first(in: 0...room) { more in
                counts[index] = held + more
                return isAbove() || !isMissing()
            }
            counts[index] = held + (more ?? room)
            if isAbove() { counts[index] -= 1 }
        }
    }

    /// The first of `range` for which something is so that stays so after it; nil: for none. A shape with hardly anything in it
    /// comes by the hundred thousand, which are not to be gone through one by one. O(log of the range) calls.
    private static func first(in range: ClosedRange<Int>, where isSo: (Int) -> Bool) -> Int? {
        guard isSo(range.upperBound) else { return nil }
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if isSo(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static func sum(
        _ counts: [Int], _ shapes: [ChunkShape], _ value: KeyPath<ChunkShape, Double>
    ) -> Double {
        zip(counts, shapes).reduce(0) { $0 + Double($1.0) * $1.1[keyPath: value] }
    }
}
