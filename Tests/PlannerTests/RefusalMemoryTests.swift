import Planner
import Testing

@Suite struct RefusalMemoryTests {
    @Test func tenRefusalsInARowStopTheAsking() {
        var memory = RefusalMemory()
        for index in 0..<10 {
            let time = Int64(index) * 60 * second
            #expect(memory.pause(at: time) == nil)
            memory.refused(at: time, leadTimeNanoseconds: 300 * second)
        }
        let last = 9 * 60 * second
        #expect(memory.pause(at: last) == 300 * second)
        #expect(memory.pause(at: last + 299 * second) == second)
        #expect(memory.pause(at: last + 300 * second) == nil)
    }

    @Test func eachFurtherRefusalDoublesTheWaitUpToAnHour() {
        var memory = RefusalMemory()
        for _ in 0..<10 { memory.refused(at: 0, leadTimeNanoseconds: 300 * second) }
        for wait in [600, 1_200, 2_400, 3_600, 3_600] as [Int64] {
            memory.refused(at: 0, leadTimeNanoseconds: 300 * second)
            #expect(memory.pause(at: 0) == wait * second)
        }
        #expect(memory.inARow == 15)
    }

    @Test func aGrantEndsTheWait() {
        var memory = RefusalMemory()
        for _ in 0..<12 { memory.refused(at: 0, leadTimeNanoseconds: 300 * second) }
        memory.granted()
        #expect(memory.pause(at: 0) == nil)
        memory.refused(at: 0, leadTimeNanoseconds: 300 * second)
        #expect(memory.inARow == 1 && memory.pause(at: 0) == nil)
    }

    /// The one before was asked a moment ago, or has refused for so long that it is hardly asked any more.
    @Test(arguments: [1, 14]) func anotherProviderIsAskedAtOnce(refusals: Int) {
        var planner = ResourcePlanner.cpu()
        var time: Int64 = 0
        for _ in 0..<refusals {
            while planner.plan(at: time, demand: 8, ready: 2).change == 0, time < 100_000 { time += 10 }
            planner.answered(isRefused: true, at: time * second)
        }
        #expect(time < 100_000)
        for later in 1...200 as ClosedRange<Int64> {
            #expect(planner.plan(at: time + later, demand: 8, ready: 2).change == 0)
        }
        planner.providerChanged()
        #expect(planner.plan(at: time + 201, demand: 8, ready: 0).change == 8)
        // It may refuse as often as any.
        for round in 1...9 as ClosedRange<Int64> {
            planner.answered(isRefused: true, at: (time + 201) * second)
            #expect(planner.plan(at: time + 201 + 301 * round, demand: 8, ready: 0).change == 8)
        }
    }

    @Test func aClockThatWentBackDoesNotMakeTheWaitLonger() {
        var memory = RefusalMemory()
        for _ in 0..<10 { memory.refused(at: 1_000 * second, leadTimeNanoseconds: 0) }
        #expect(memory.pause(at: 0) == second)
        #expect(memory.pause(at: .min) == nil)
    }
}
