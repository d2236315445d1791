import Probes
import Testing

/// Whose files are read after a walk, while others make and remove cgroups as fast as they can.
@Suite struct FileTurnTests {
    private static let perWalk = FileTurns.cgroupsPerWalk

    @Test func cgroupsComeInTheOrderInWhichTheyChangedAndNotAgainForSomeWalks() {
        var turns = FileTurns(capacity: 1000)
        for id in 1...UInt64(Self.perWalk + 7) { turns.changed(id) }
        #expect(turns.walked() == Array(1...UInt64(Self.perWalk)))
        // Read just now; the others have waited.
        for id in 1...UInt64(Self.perWalk) { turns.changed(id) }
        let late = (UInt64(Self.perWalk) + 1)...UInt64(Self.perWalk + 7)
        #expect(turns.walked() == Array(late))
        var walks = 1
        while true {
            walks += 1
            turns.changed(1)
            let turn = turns.walked()
            if !turn.isEmpty {
                #expect(turn == Array(1...UInt64(Self.perWalk)))
                break
            }
            #expect(walks < 100)
        }
        #expect(walks == Int(FileTurns.pause) + 1)
        turns.missed(1)
        turns.changed(1)
        #expect(turns.walked() == [1], "what could not be read is due at once")
    }

    /// It fills its memory a moment after its files were read, and sleeps from then on.
    @Test func whatACgroupDidInItsPauseIsReadThoughItDoesNothingAfterIt() {
        var turns = FileTurns(capacity: 1000)
        for id in 1...3 as ClosedRange<UInt64> { turns.changed(id) }
        #expect(turns.walked() == [1, 2, 3])
        turns.changed(1)
        turns.changed(2)
        turns.removed(2)
        for _ in 0..<FileTurns.pause { #expect(turns.walked().isEmpty) }
        #expect(turns.walked() == [1], "not what went, nor what did nothing")
        for _ in 0..<(3 * FileTurns.pause) { #expect(turns.walked().isEmpty) }
        #expect(turns.held == 0)
    }

    /// The kernel tells the end of a cgroup first and its last details then.
    @Test func cgroupsThatWentTakeNobodysTurn() {
        var turns = FileTurns(capacity: 1000)
        for id in 1...UInt64(3 * Self.perWalk) {
            turns.changed(id)
            turns.removed(id)
            turns.changed(id)
        }
        turns.changed(4711)
        #expect(turns.walked() == [4711])
        #expect(turns.walked().isEmpty)
    }

    @Test func whatIsHeldStaysSmallHoweverManyComeAndGo() {
        let capacity = 500
        var turns = FileTurns(capacity: capacity)
        var next: UInt64 = 1_000_000
        var read: Set<UInt64> = []
        for _ in 0..<200 {
            // Twenty that stay, and four hundred that do something and go before their turn.
            for id in 1...20 as ClosedRange<UInt64> { turns.changed(id) }
            for _ in 0..<400 {
                next += 1
                turns.changed(next)
                turns.removed(next)
                turns.changed(next)
            }
            read.formUnion(turns.walked())
            #expect(turns.held < 3 * capacity + Int(FileTurns.pause) * Self.perWalk)
        }
        #expect(read == Set(1...20))
    }

    @Test func noMoreWaitThanThereCanBeCgroups() {
        var turns = FileTurns(capacity: 100)
        // Ends that nobody was told of.
        for id in 1...10_000 as ClosedRange<UInt64> { turns.changed(id) }
        #expect(turns.held <= 200)
        #expect(turns.walked() == Array(1...UInt64(Self.perWalk)))
        turns.changed(20_000)
        for _ in 0..<3 {
            if turns.walked().contains(20_000) { return }
        }
        Issue.record("one that came later never had its turn")
    }
}
