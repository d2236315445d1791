import Planner
import TestSupport
import Testing

@Suite struct ChunkPoolTests {
    private static let shapes = [
        ChunkShape(name: "small", cores: 2, memoryBytes: 4, price: 0.1),
        ChunkShape(name: "large", cores: 8, memoryBytes: 32, price: 0.35),
    ]

    @Test(arguments: [
        // Then each want after the one before it.
        [(2.0, 4.0, [1, 0]), (4, 5, [2, 0]), (3, 7, [2, 0])],
        // Four small ones cost 0.40: one large one is a tenth cheaper, and more.
        [(4, 5, [2, 0]), (8, 16, [0, 1]), (9, 16, [1, 1]), (1, 1, [1, 0]), (0, 0, [0, 0])],
    ])
    func whatIsHeldIsKeptAndTheMissingIsAdded(wants: [(Double, Double, [Int])]) {
        var pool = ChunkPool(shapes: Self.shapes)
        var before = [0, 0]
        for (cores, memory, counts) in wants {
            let isChanged = pool.want(cores: cores, memoryBytes: memory)
            #expect(pool.counts == counts && isChanged == (counts != before))
            before = counts
        }
    }

    @Test func chunksAndTheirPriceAreToldInWords() {
        var pool = ChunkPool(shapes: Self.shapes)
        #expect(pool.text == "no chunk for 0.0 an hour")
        _ = pool.want(cores: 9, memoryBytes: 16)
        #expect(pool.text == "1 small + 1 large for 0.45 an hour")
    }

    @Test func nothingGoesAboveTheMaximum() {
        var pool = ChunkPool(shapes: Self.shapes, maximumCores: 11, maximumMemoryBytes: 40)
        _ = pool.want(cores: 11, memoryBytes: 40)
        #expect(pool.counts == [1, 1] && pool.cores == 10 && pool.memoryBytes == 36)
    }

    /// Hardly any CPU in a chunk: what is wanted of it is a hundred thousand, what fits is four thousand.
    @Test(.timeLimit(.minutes(1))) func manyChunksAreNotGoneThroughOneByOne() {
        let tiny = ChunkShape(name: "tiny", cores: 0.0001, memoryBytes: 0x1p26, price: 0.001)
        var pool = ChunkPool(shapes: [tiny], maximumCores: 64, maximumMemoryBytes: 0x1p38)
        for round in 0..<1_000 {
            _ = pool.want(cores: round % 2 == 0 ? 10 : 12, memoryBytes: 1e9)
            #expect(pool.counts == [4_096])
        }
        _ = pool.want(cores: 0.01, memoryBytes: 0)
        #expect(pool.counts == [100])
    }

    /// What is missing under the maximum would take 1.9 million million of a shape.
    @Test(.timeLimit(.minutes(1))) func dustFillsNoGap() {
        let shapes = [
            ChunkShape(name: "large", cores: 4, memoryBytes: 8, price: 1),
            ChunkShape(name: "dust", cores: 1e-12, memoryBytes: 1e-12, price: 0.01),
        ]
        var pool = ChunkPool(shapes: shapes, maximumCores: 10, maximumMemoryBytes: 1_000)
        _ = pool.want(cores: 9.9, memoryBytes: 15)
        #expect(pool.counts == [2, ChunkMix.most])
        _ = pool.want(cores: 4, memoryBytes: 8)
        #expect(pool.counts == [1, 0])
    }

    /// Any wants in any order: covered or at the maximum, nothing in it that is not needed, and
    /// no dearer than a ninth above a mix made anew.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func coversWithoutIdleChunks(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &generator) }
        let shapes = (0..<3).map {
            ChunkShape(
                name: "s\($0)", cores: draw(1...8), memoryBytes: draw(1...32), price: draw(0.5...5))
        }
        let maximum = seed % 2 == 0 ? 60.0 : .infinity
        var pool = ChunkPool(shapes: shapes, maximumCores: maximum)
        for _ in 0..<100 {
            let (cores, memory) = (draw(0...60), draw(0...200))
            let before = pool.counts
            let isChanged = pool.want(cores: cores, memoryBytes: memory)
            #expect(isChanged == (before != pool.counts))
            #expect(pool.cores <= maximum * (1 + 1e-9))
            let isCovered =
                pool.cores >= cores * (1 - 1e-9) && pool.memoryBytes >= memory * (1 - 1e-9)
            let fits = shapes.contains { pool.cores + $0.cores <= maximum }
            #expect(isCovered || !fits)
            guard isCovered, maximum == .infinity else { continue }
            let anew = try #require(
                ChunkMix.cheapest(cores: cores, memoryBytes: memory, shapes: shapes))
            #expect(pool.price <= anew.price / 0.9 + 1e-9)
            for (index, shape) in shapes.enumerated() where pool.counts[index] > 0 {
                let isNeeded =
                    pool.cores - shape.cores < cores || pool.memoryBytes - shape.memoryBytes < memory
                #expect(isNeeded, "\(pool.text) for \(cores), \(memory)")
            }
        }
    }

    @Test func sameInputSameChunks() {
        var one = ChunkPool(shapes: Self.shapes)
        var other = one
        for step in 0..<200 {
            let (cores, memory) = (Double(step * 7 % 31), Double(step * 11 % 53))
            _ = one.want(cores: cores, memoryBytes: memory)
            _ = other.want(cores: cores, memoryBytes: memory)
            #expect(one.counts == other.counts)
        }
    }
}
