import Planner
import TestSupport
import Testing

@Suite struct ChunkMixTests {
    private let shapes = [
        ChunkShape(name: "small", cores: 1, memoryBytes: 4, price: 1),
        ChunkShape(name: "large", cores: 8, memoryBytes: 16, price: 6),
        ChunkShape(name: "roomy", cores: 2, memoryBytes: 32, price: 3),
    ]

    @Test func picksWhatIsCheapNotWhatIsBig() throws {
        let one = try #require(ChunkMix.cheapest(cores: 1, memoryBytes: 2, shapes: shapes))
        #expect(one.counts == [1, 0, 0])
        let mixed = try #require(ChunkMix.cheapest(cores: 10, memoryBytes: 45, shapes: shapes))
        #expect(mixed.counts == [0, 1, 1])
        let nothing = try #require(ChunkMix.cheapest(cores: 0, memoryBytes: 0, shapes: shapes))
        #expect(nothing.counts == [0, 0, 0] && nothing.price == 0)
        #expect(ChunkMix.cheapest(cores: 1, memoryBytes: 1, shapes: []) == nil)
    }

    /// Truth: every mix of up to twelve of each.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func noOtherMixCostsLess(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &generator) }
        let shapes = (0..<3).map {
            ChunkShape(
                name: "s\($0)", cores: draw(1...8), memoryBytes: draw(1...32), price: draw(0.5...5))
        }
        let (cores, memory) = (draw(0...12), draw(0...12))
        let mix = try #require(
            ChunkMix.cheapest(cores: cores, memoryBytes: memory, shapes: shapes))
        var best = Double.infinity
        for a in 0...12 {
            for b in 0...12 {
                for c in 0...12 {
                    let counts = [a, b, c].map(Double.init)
                    let sums = zip(counts, shapes).reduce(into: (0.0, 0.0, 0.0)) { sum, pair in
                        sum.0 += pair.0 * pair.1.cores
                        sum.1 += pair.0 * pair.1.memoryBytes
                        sum.2 += pair.0 * pair.1.price
                    }
                    if sums.0 >= cores && sums.1 >= memory { best = min(best, sums.2) }
                }
            }
        }
        #expect((mix.price - best).magnitude < 1e-9)
        #expect(mix.cores >= cores * (1 - 1e-9) && mix.memoryBytes >= memory * (1 - 1e-9))
        #expect(mix.lowerBound <= mix.price + 1e-9)
    }

    /// Large needs: covered, and within one chunk of each of two shapes of what cannot be beaten.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func largeNeedsAreCoveredNearTheBound(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &generator) }
        let shapes = (0..<6).map {
            ChunkShape(
                name: "s\($0)", cores: draw(1...16), memoryBytes: draw(1...64), price: draw(0.5...9))
        }
        let (cores, memory) = (draw(0...20_000), draw(0...80_000))
        let mix = try #require(
            ChunkMix.cheapest(cores: cores, memoryBytes: memory, shapes: shapes))
        #expect(mix.cores >= cores * (1 - 1e-9) && mix.memoryBytes >= memory * (1 - 1e-9))
        #expect(mix.price <= mix.lowerBound + 2 * shapes.map(\.price).max()!)
    }

    @Test func needsBeyondCountingAreRefused() {
        #expect(ChunkMix.cheapest(cores: 1e12, memoryBytes: 0, shapes: shapes) == nil)
    }
}
