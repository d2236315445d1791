import Aggregates
import Planner
import Testing

@Suite struct ResourcePlannerTests {
    @Test(arguments: [
        (0.0, 1.5, 0.0), (0.1, 1.5, 1.5), (1.5, 1.5, 1.5), (1.6, 1.5, 3), (11.4, 1.5, 12),
        (0.3, 0.1, 0.3), (1e9, 4_096, 1_000_001_536),
    ])
    func targetIsTheFewestWholeChunksThatCoverTheNeed(
        need: Double,
        chunk: Double,
        target: Double
    ) {
        var planner = ResourcePlanner.cpu(chunk: chunk)
        let decision = planner.plan(at: 0, demand: need, ready: 0)
        #expect(decision.target >= need)
        #expect((decision.target - target).magnitude < chunk * 1e-9)
        #expect(decision.change == decision.target)
    }

    @Test func moreIsAskedForAtOnceAndOnlyWhatIsMissing() {
        var planner = ResourcePlanner.cpu(chunk: 1.5)
        let decision = planner.plan(at: 0, demand: 6, forecast: 11.4, ready: 9)
        #expect(decision.target == 12)
        #expect(decision.buffer == 6)
        #expect(decision.change == 3)
        #expect(decision.cause == .raised)
        #expect(decision.requestedTotal == 12)
    }

    @Test func forecastBelowPresentDemandDoesNotLowerTheTarget() {
        var planner = ResourcePlanner.cpu()
        let decision = planner.plan(at: 0, demand: 8, forecast: 2, ready: 4)
        #expect(decision.target == 8)
        #expect(decision.change == 4)
    }

    @Test func nothingIsAskedForTwiceWhilePending() {
        var planner = ResourcePlanner.cpu()
        #expect(planner.plan(at: 0, demand: 10, ready: 4).change == 6)
        let same = planner.plan(at: 1, demand: 10, ready: 4, pending: 6)
        #expect(same.change == 0)
        #expect(same.cause == .covered)
        #expect(planner.plan(at: 2, demand: 12, ready: 4, pending: 6).change == 2)
        #expect(planner.accounting.requests == 2)
    }

    @Test func unansweredRequestIsRepeatedAfterALeadTimeAndNotBefore() {
        var planner = ResourcePlanner.cpu()
        #expect(planner.plan(at: 0, demand: 10, ready: 4).change == 6)
        let waiting = planner.plan(at: 299, demand: 10, ready: 4)
        #expect(waiting.change == 0)
        #expect(waiting.cause == .alreadyAsked(agoNanoseconds: 299 * second))
        #expect(planner.plan(at: 300, demand: 10, ready: 4).change == 6)
        #expect(planner.plan(at: 301, demand: 11, ready: 4).change == 7, "more is needed")
    }

    /// Refused once a lead time: after ten the wait doubles, and a grant ends it.
    @Test func whatDoesNotComeIsAskedForLessAndLess() throws {
        var planner = ResourcePlanner.cpu()
        var asked: [Int64] = []
        for time in stride(from: Int64(0), through: 20_000, by: 100) {
            let decision = planner.plan(at: time, demand: 10, ready: 4)
            guard decision.change > 0 else { continue }
            asked.append(time)
            planner.answered(isRefused: true, at: time * second)
        }
        #expect(
            asked == (0...9).map { $0 * 300 } + [3_000, 3_600, 4_800, 7_200, 10_800, 14_400, 18_000])
        let decision = planner.plan(at: 20_100, demand: 10, ready: 4)
        #expect(decision.cause == .refusedTooOften(inARow: 17, waitNanoseconds: 1_500 * second))
        let line = try #require(decision.reasons.first)
        #expect(line.hasSuffix("refused 17 times in a row, so the next request is in 1500 s"))
        planner.answered(isRefused: false, at: 20_100 * second)
        #expect(planner.plan(at: 20_200, demand: 10, ready: 4).change == 6)
    }

    /// 5 % too much is within the hysteresis of 10 %: given up after six hold times, not before.
    @Test func smallExcessIsGivenUpWhenItLasts() {
        var planner = ResourcePlanner.cpu()
        for minute in 0..<60 {
            let kept = planner.plan(at: Int64(minute) * 60, demand: 95, ready: 100)
            #expect(kept.change == 0, "minute \(minute)")
            #expect(kept.cause == .covered)
        }
        let decision = planner.plan(at: 3600, demand: 95, ready: 100)
        #expect(decision.change == -5)
        #expect(decision.cause == .lowered(afterNanoseconds: 3600 * second))
    }

    @Test func excessThatWasNeededWithinTheHourIsKept() {
        var planner = ResourcePlanner.cpu()
        for minute in 0..<600 {
            let isPeak = minute % 50 == 0
            let decision = planner.plan(
                at: Int64(minute) * 60, demand: isPeak ? 100 : 95, ready: 100)
            #expect(decision.change == 0, "minute \(minute)")
        }
    }

    @Test func excessBelowAFifthOfTheHysteresisIsKeptForGood() {
        var planner = ResourcePlanner.cpu()
        for hour in 0..<48 {
            #expect(planner.plan(at: Int64(hour) * 3600, demand: 99, ready: 100).change == 0)
        }
    }

    @Test(arguments: [1, 10, 60, 300, 600] as [Int64])
    func lessIsAskedForWhenTheNeedStayedLowerForTheHoldTime(step: Int64) {
        var planner = ResourcePlanner.cpu(downHoldSeconds: 600)
        _ = planner.plan(at: 0, demand: 10, ready: 10)
        // Low from the first step on: released 600 s later, to the second.
        for time in stride(from: step, to: step + 600, by: Int64.Stride(step)) {
            #expect(planner.plan(at: time, demand: 5, ready: 10).change == 0, "at \(time) s")
        }
        let release = planner.plan(at: step + 600, demand: 5, ready: 10)
        #expect(release.change == -5)
        #expect(release.target == 5)
        #expect(planner.accounting.downs == 1)
    }

    @Test func newPlannerReleasesNothingBeforeItHasWatchedForTheHoldTime() {
        var planner = ResourcePlanner.cpu()
        #expect(planner.plan(at: 0, demand: 1, ready: 10).change == 0)
        #expect(planner.plan(at: 599, demand: 1, ready: 10).change == 0)
        #expect(planner.plan(at: 600, demand: 1, ready: 10).change == -9)
    }

    @Test func releaseGoesNoLowerThanTheLargestNeedOfTheHoldTime() {
        var planner = ResourcePlanner.cpu()
        for (time, demand) in [(0, 2.0), (300, 7), (600, 3)] as [(Int64, Double)] {
            let decision = planner.plan(at: time, demand: demand, ready: 10)
            #expect(decision.change == (time == 600 ? -3 : 0))
        }
    }

    @Test func oneNeedWithinTheHysteresisRestartsTheWait() {
        var planner = ResourcePlanner.cpu(downHysteresis: 0.1)
        for time in stride(from: Int64(0), to: 500, by: 100) {
            _ = planner.plan(at: time, demand: 5, ready: 10)
        }
        _ = planner.plan(at: 500, demand: 9.5, ready: 10)
        for time in stride(from: Int64(600), through: 1_100, by: 100) {
            let decision = planner.plan(at: time, demand: 5, ready: 10)
            #expect(decision.change == 0, "at \(time) s")
        }
        #expect(planner.plan(at: 1_101, demand: 5, ready: 10).change == -5)
    }

    @Test(arguments: [(9.0, -1.0), (9.1, 0)])
    func differenceSmallerThanTheHysteresisIsKept(demand: Double, change: Double) {
        var planner = ResourcePlanner.cpu(chunk: 0.1, downHysteresis: 0.1, downHoldSeconds: 0)
        let decision = planner.plan(at: 0, demand: demand, ready: 10)
        #expect((decision.change - change).magnitude < 1e-9)
    }

    @Test func nothingIsReleasedWhenTooLittleWasSeen() {
        var planner = ResourcePlanner.cpu(downHoldSeconds: 0)
        let blind = planner.plan(at: 0, demand: 1, ready: 10, coverage: 0.5)
        #expect(blind.change == 0)
        #expect(blind.cause == .tooLittleSeen(coverage: 0.5))
        #expect(planner.plan(at: 1, demand: 1, ready: 10, coverage: 0.9).change == -9)
    }

    @Test func boundsHoldInWholeChunks() {
        var planner = ResourcePlanner.cpu(
            chunk: 3,
            minimum: 4,
            maximum: 10,
            downHoldSeconds: 0
        )
        let least = planner.plan(at: 0, demand: 0, ready: 0)
        #expect(least.target == 6)
        #expect(!least.isCapped)
        let most = planner.plan(at: 1, demand: 30, ready: 6)
        #expect(most.target == 9)
        #expect(most.isCapped)
        #expect(most.buffer == -21)
    }

    @Test(
        arguments: [
            (PoolDemand(timeNanoseconds: 10, demand: .nan, quantileForecast: 1, ready: 1), .demand),
            (PoolDemand(timeNanoseconds: 10, demand: -1, quantileForecast: 1, ready: 1), .demand),
            (
                PoolDemand(timeNanoseconds: 10, demand: .infinity, quantileForecast: 1, ready: 1),
                .demand
            ),
            (
                PoolDemand(timeNanoseconds: 10, demand: 1, quantileForecast: 1, ready: .nan),
                .capacity
            ),
            (
                PoolDemand(
                    timeNanoseconds: 10,
                    demand: 1,
                    quantileForecast: 1,
                    ready: 1,
                    pending: -1
                ),
                .capacity
            ),
            (
                PoolDemand(
                    timeNanoseconds: 10,
                    demand: 1,
                    quantileForecast: 1,
                    ready: 1,
                    coverage: 2
                ),
                .coverage
            ),
            (
                PoolDemand(
                    timeNanoseconds: 10,
                    demand: 1,
                    quantileForecast: 1,
                    ready: 1,
                    coverage: .nan
                ),
                .coverage
            ),
        ] as [(PoolDemand, RefusedInput)]
    )
    func unusableInputIsRefusedAndLeavesNoTrace(input: PoolDemand, refusal: RefusedInput) {
        var planner = ResourcePlanner.cpu()
        _ = planner.plan(PoolDemand(timeNanoseconds: 5, demand: 2, quantileForecast: 3, ready: 3))
        var untouched = planner
        let decision = planner.plan(input)
        #expect(decision.change == 0)
        #expect(decision.cause == .refused(refusal))
        #expect(decision.reasons.count == 1)
        #expect(planner.accounting.refusedInputs == 1)
        let next = PoolDemand(timeNanoseconds: 20, demand: 4, quantileForecast: 6, ready: 3)
        #expect(planner.plan(next) == untouched.plan(next))
    }

    @Test(arguments: [Double.nan, -1, .infinity])
    func unusableForecastIsCountedAndPresentDemandStillCovered(forecast: Double) {
        var planner = ResourcePlanner.cpu()
        let decision = planner.plan(at: 0, demand: 4, forecast: forecast, ready: 1)
        #expect(decision.forecast == nil)
        #expect(decision.target == 4)
        #expect(planner.accounting.refusedInputs == 1)
    }
}
