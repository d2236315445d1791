import TestSupport
import Testing

@testable import Planner

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
        #expect(LinearMix.cheapest(cores, memory, shapes).price <= mix.price + 1e-9)
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
        // No mix costs less than one whose chunks may be cut.
        let bound = LinearMix.cheapest(cores, memory, shapes).price
        #expect(bound <= mix.price + 1e-6 && mix.price <= bound + 2 * shapes.map(\.price).max()!)
    }

    /// A chunk of CPU alone, or of hardly any, as some configure it: so many would cover the other need that no count is found by
    /// going through them all, nor fits in an integer. Truth: the ordinary shape alone.
    @Test(.timeLimit(.minutes(1)), arguments: [(4.0, 1.0), (1e-20, 1.0), (1e-20, 1e12), (1e-6, 1e-20)])
    func aShapeThatHasHardlyAnyOfOneNeedHoldsNothingUp(cores: Double, memoryBytes: Double) throws {
        let odd = ChunkShape(name: "odd", cores: cores, memoryBytes: memoryBytes, price: 1e9)
        let plain = ChunkShape(name: "plain", cores: 2, memoryBytes: 8e9, price: 0.1)
        for shapes in [[odd, plain], [plain, odd]] {
            let mix = try #require(ChunkMix.cheapest(cores: 16, memoryBytes: 60e9, shapes: shapes))
            #expect(zip(mix.counts, shapes).first { $0.1.name == "plain" }?.0 == 8)
            #expect((mix.price - 0.8).magnitude < 1e-12)
        }
    }

    /// Cheap where the other is dear: each covers one need, 64 GB and 16 cores, and neither alone can be counted.
    @Test(.timeLimit(.minutes(1))) func twoShapesThatOnlyTogetherCoverAreFound() throws {
        let shapes = [
            ChunkShape(name: "cpu", cores: 4, memoryBytes: 1, price: 0.1),
            ChunkShape(name: "memory", cores: 1e-20, memoryBytes: 8e9, price: 0.2),
        ]
        let mix = try #require(ChunkMix.cheapest(cores: 15, memoryBytes: 60e9, shapes: shapes))
        #expect(mix.counts == [4, 8])
        #expect(mix.cores >= 15 && mix.memoryBytes >= 60e9)
    }

    @Test func needsBeyondCountingAreRefused() {
        #expect(ChunkMix.cheapest(cores: 1e12, memoryBytes: 0, shapes: shapes) == nil)
    }
}
