import TestSupport
import Testing

@testable import KubernetesCapacity

@Suite struct CapacityReleaseWindowTests {
    let start = ContinuousClock.now

    func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test func moreIsKeptAtOnce() {
        var window = ReleaseWindow(length: .seconds(300))
        #expect(window.want(2, at: at(0)) == 2)
        #expect(window.want(5, at: at(1)) == 5)
    }

    @Test func fewerAreKeptOnlyAfterTheWindow() {
        var window = ReleaseWindow(length: .seconds(300))
        _ = window.want(5, at: at(0))
        #expect(window.want(2, at: at(100)) == 5)
        #expect(window.lowersAt == at(400))
        #expect(window.current(at: at(399)) == 5)
        #expect(window.current(at: at(400)) == 2)
        #expect(window.lowersAt == nil)
    }

    @Test func theWindowRunsFromWhenItWasLastWanted() {
        var window = ReleaseWindow(length: .seconds(300))
        _ = window.want(5, at: at(0))
        _ = window.want(5, at: at(1_000))
        #expect(window.want(2, at: at(1_001)) == 5)
        #expect(window.current(at: at(1_300)) == 5)
        #expect(window.current(at: at(1_301)) == 2)
    }

    @Test func stepsDownAreGivenUpOneAfterAnother() {
        var window = ReleaseWindow(length: .seconds(300))
        _ = window.want(9, at: at(0))
        _ = window.want(6, at: at(10))
        _ = window.want(3, at: at(20))
        #expect(window.current(at: at(309)) == 9)
        #expect(window.current(at: at(310)) == 6)
        #expect(window.current(at: at(320)) == 3)
    }

    @Test func withoutAWindowFewerAreKeptAtOnce() {
        var window = ReleaseWindow(length: .zero)
        _ = window.want(5, at: at(0))
        #expect(window.want(1, at: at(0)) == 1)
    }

    /// Held against the definition: the most that was wanted at any time within the window.
    @Test func itIsTheLargestOfTheWindow() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var window = ReleaseWindow(length: .seconds(50))
            var wants: [(time: Int, count: Int)] = []
            var time = 0
            for _ in 0..<40 {
                time += Int.random(in: 1...20, using: &random)
                let count = Int.random(in: 0...9, using: &random)
                wants.append((time, count))
                let kept = window.want(count, at: at(time))
                // Each count was wanted until the next one was.
                let most = wants.indices.filter { index in
                    index == wants.count - 1 || wants[index + 1].time + 50 > time
                }.map { wants[$0].count }.max()
                #expect(kept == most)
            }
        }
    }
}
