import Aggregates
import Planner
import TestSupport
import Testing

@Suite struct RampLimitTests {
    /// What is asked for within any minute, when everything comes at once.
    private func raised(
        to demand: Double, perMinute: Double, chunk: Double, seconds: Int64
    ) -> (ready: Double, steps: [(time: Int64, amount: Double)]) {
        var planner = ResourcePlanner.cpu(chunk: chunk, raisePerMinute: perMinute)
        var ready = 0.0
        var steps: [(Int64, Double)] = []
        for time in 0..<seconds {
            let decision = planner.plan(at: time, demand: demand, ready: ready)
            guard decision.change != 0 else { continue }
            ready += decision.change
            steps.append((time, decision.change))
        }
        return (ready, steps)
    }

    @Test func noMoreThanSoMuchIsAskedForWithinAMinute() {
        let (ready, steps) = raised(to: 20, perMinute: 6, chunk: 1, seconds: 240)
        #expect(steps.map(\.time) == [0, 60, 120, 180])
        #expect(steps.map(\.amount) == [6, 6, 6, 2])
        #expect(ready == 20)
    }

    /// A chunk of six at four a minute: one every minute and a half.
    @Test func aChunkThatIsLargerComesWholeAndSeldom() {
        let (_, steps) = raised(to: 18, perMinute: 4, chunk: 6, seconds: 200)
        #expect(steps.map(\.time) == [0, 90, 180] && steps.allSatisfy { $0.amount == 6 })
    }

    @Test func whyItWaitsIsSaid() throws {
        var planner = ResourcePlanner.cpu(raisePerMinute: 2)
        let first = planner.plan(at: 0, demand: 7, ready: 0)
        #expect(first.change == 2 && first.requestedTotal == 2 && first.target == 7)
        #expect(first.reasons.contains { $0.contains("7.0 cores are wanted; so much may change") })
        let second = planner.plan(at: 10, demand: 7, ready: 2)
        #expect(second.change == 0 && second.cause == .ramped(waitNanoseconds: 50 * oneSecond))
        #expect(second.reasons[0].contains("no more may change within the next 50 s"))
    }

    private var oneSecond: Int64 { second }

    @Test func whatIsGivenBackIsLimitedToo() {
        var planner = ResourcePlanner.cpu(downHoldSeconds: 1, lowerPerMinute: 3)
        var ready = 20.0
        var steps: [Int64] = []
        for time in 0..<400 as Range<Int64> {
            let decision = planner.plan(at: time, demand: 9.5, ready: ready)
            guard decision.change != 0 else { continue }
            #expect(decision.change >= -3)
            ready += decision.change
            steps.append(time)
        }
        #expect(ready == 10 && steps.count == 4)
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $1 - $0 >= 60 })
    }

    /// In any minute from a change on, whatever demand does.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func noMinuteHasTwoMinutesWorthOfIt(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var planner = ResourcePlanner.cpu(downHoldSeconds: 5, raisePerMinute: 5, lowerPerMinute: 4)
        var ready = 0.0
        var changes: [(time: Int64, amount: Double)] = []
        var time: Int64 = 0
        for _ in 0..<3_000 {
            time += Int64.random(in: 1...20, using: &generator)
            let demand = Double.random(in: 0...40, using: &generator)
            let decision = planner.plan(at: time, demand: demand, ready: ready)
            ready += decision.change
            if decision.change != 0 { changes.append((time, decision.change)) }
        }
        for change in changes {
            let within = changes.filter { (change.time..<change.time + 60).contains($0.time) }
            #expect(within.reduce(0) { $0 + max(0, $1.amount) } <= 10 + 1e-9)
            #expect(within.reduce(0) { $0 - min(0, $1.amount) } <= 8 + 1e-9)
        }
        #expect(changes.count > 100)
    }
}

@Suite struct CeilingTests {
    @Test func noMoreIsWantedThanTheShare() {
        var planner = ResourcePlanner.cpu()
        let decision = planner.plan(at: 0, demand: 3, forecast: 9, ready: 0, ceiling: 5.5)
        #expect(decision.target == 5 && decision.change == 5 && decision.ceiling == 5)
        // What was in use in the last lead time is kept, though it is not used now.
        let lately = planner.plan(at: 1, demand: 3, forecast: 9, ready: 5, ceiling: 5.5, inUse: 5.2)
        #expect(lately.target == 5.5 && lately.ceiling == 5.5)
        #expect(decision.reasons.contains("its share of what there is, 5.0 cores, is less than the need"))
    }

    @Test func whatIsAboveTheShareIsGivenBackAtOnce() {
        var planner = ResourcePlanner.cpu()
        _ = planner.plan(at: 0, demand: 3, forecast: 9, ready: 9)
        let yielded = planner.plan(at: 1, demand: 3, forecast: 9, ready: 9, ceiling: 5.5)
        #expect(yielded.change == -4 && yielded.cause == .yielded)
        // Held for no need of its own: that goes too.
        let idle = planner.plan(at: 2, demand: 1, forecast: 2, ready: 5, ceiling: 4)
        #expect(idle.change == -1 && idle.cause == .yielded && idle.ceiling == nil)
    }

    /// Whole chunks would not cover what is in use.
    @Test func whatIsInUseStays() {
        var planner = ResourcePlanner.cpu(chunk: 4)
        let decision = planner.plan(at: 0, demand: 5, ready: 8, ceiling: 6)
        #expect(decision.requestedTotal == 6)
        #expect(planner.plan(at: 1, demand: 5, ready: 6, ceiling: .nan).change > 0)
    }
}
