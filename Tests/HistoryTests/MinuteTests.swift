import Aggregates
import Foundation
import TestSupport
import Testing

@testable import History

/// Minutes of ticks that come late and early.
@Suite struct MinuteTests {
    private static let second: UInt64 = 1_000_000_000
    private static let minute = 60 * second
    /// A whole minute.
    private static let start = 1_795_000_020 * second

    /// When ticks end, beside whole seconds: from where on, and up to how much later.
    enum Beat: String, CaseIterable {
        case inTime, aroundTheWholeSecond, aroundTheHalf, late, veryLate

        var delays: ClosedRange<Int64> {
            switch self {
            case .inTime: 0...0
            case .aroundTheWholeSecond: -30_000_000...30_000_000
            case .aroundTheHalf: 470_000_000...530_000_000
            case .late: 0...900_000_000
            case .veryLate: 0...4_000_000_000
            }
        }
    }

    /// Each minute once, with all windows in it: none lost, none twice, and none of two minutes in one.
    @Test(arguments: Beat.allCases) func everyMinuteEndsOnce(beat: Beat) throws {
        let run = try HistoryRun(seed: 20, start: Self.start)
        var generator = SeededGenerator(seed: 21)
        run.delay = { Int64.random(in: beat.delays, using: &generator) }
        run.tick(1800)
        run.finish()
        var read = HistoryCollector()
        _ = try HistoryReader(directory: run.history).scan(.coarse, 0...UInt64.max, into: &read)
        let middles = run.told.filter { $0.path == "/" }.map { ($0.end - Self.second / 2) / Self.minute }
        let ends = read.minuteEnds.map(\.time)
        let slack = Self.second + UInt64(beat.delays.upperBound - beat.delays.lowerBound)
        // Early ticks at the very end are a minute of their own: the one that they were counted in has no others.
        #expect((0...1).contains(ends.count - Set(middles).count) && (30...31).contains(ends.count), "\(ends.count)")
        for (one, next) in zip(ends.dropLast(), ends.dropLast().dropFirst()) {
            #expect(next - one >= Self.minute - slack && next - one <= Self.minute + slack, "\(Double(next - one) / 1e9) s")
        }
        let last = try #require(run.told.last).end
        #expect(read.minuteEnds.reduce(0) { $0 + $1.duration } == last - Self.start, "all of the time, once")
        for path in ["/", "/app-2"] {
            let windows = run.told.filter { $0.path == path }
            var from = Self.start
            for (row, end) in zip(read.minutes.filter { $0.cgroup.path == path }, ends) {
                let own = windows.filter { $0.end > from && $0.end <= end }
                let mean = Double(own.reduce(0) { $0 + $1.cpu }) / Double(end - from)
                #expect(row.time == end && (row.minute.means[0] - mean).magnitude <= mean / 2000)
                if [.inTime, .aroundTheWholeSecond].contains(beat) { #expect(own.count == 60) }
                from = end
            }
        }
    }

    private typealias Turn = MinuteClock.Turn

    @Test func aTickThatIsLateAtTheBoundaryEndsTheMinuteThatWas() {
        var clock = MinuteClock(interval: Self.second)
        func take(_ seconds: Double) -> Turn { clock.take(Self.start + UInt64(seconds * 1e9)) }
        #expect(take(57.8) == Turn(isOver: false, isLast: false))
        #expect(take(58.8) == Turn(isOver: false, isLast: false))
        // Most of it lies in the minute before.
        #expect(take(60.1) == Turn(isOver: false, isLast: true))
        #expect(take(61.1) == Turn(isOver: false, isLast: false))
        #expect(take(119.2) == Turn(isOver: false, isLast: false))
        // Nobody could have known at 119.2 that it was the last.
        #expect(take(120.6) == Turn(isOver: true, isLast: false))
        #expect(take(121.6) == Turn(isOver: false, isLast: false))
    }

    @Test func aTickThatIsEarlyAtTheBoundaryMakesNoMinuteOfItsOwn() {
        var clock = MinuteClock(interval: Self.second)
        func take(_ seconds: Double) -> Turn { clock.take(Self.start + UInt64(seconds * 1e9)) }
        #expect(take(59.501) == Turn(isOver: false, isLast: true))
        #expect(take(60.499) == Turn(isOver: false, isLast: false), "it counts in the next")
        #expect(take(61.499) == Turn(isOver: false, isLast: false))
        #expect(take(119.501) == Turn(isOver: false, isLast: true))
        // Set back by a minute: another minute, which is not the one that ended.
        #expect(take(60.501) == Turn(isOver: true, isLast: false))
    }

    @Test func ticksOfMinutesAndMoreEndOneEach() {
        for interval in [60, 90, 3600] as [UInt64] {
            var clock = MinuteClock(interval: interval * Self.second)
            for number in 1...20 as ClosedRange<UInt64> {
                let turn = clock.take(Self.start + number * interval * Self.second + 300_000_000)
                #expect(turn.isLast && (!turn.isOver || interval > 60))
            }
        }
    }

    /// A number is another's from the minute on that begins after its tenant's end, and no sooner.
    @Test func numbersAreFreeWithTheNextMinute() {
        var numbers = HistoryNumbers()
        func number(_ index: Int, _ generation: UInt64, isLast: Bool = false) -> Int {
            let subject = WindowSubject(
                index: index, generation: generation, cgroupID: generation, path: "/\(generation)", identity: nil, isRoot: false,
                isLeaf: true)
            return numbers.number(of: subject, isLast: isLast).number
        }
        let (same, over, last) = (
            Turn(isOver: false, isLast: false), Turn(isOver: true, isLast: false), Turn(isOver: false, isLast: true)
        )
        #expect(number(0, 1, isLast: true) == 0 && number(1, 2) == 1)
        numbers.endTick(same)
        #expect(number(0, 3) == 2 && number(1, 2, isLast: true) == 1)
        // This tick was of the next minute already: of it, 0 is free and 1 is not.
        numbers.endTick(over)
        #expect(number(2, 4) == 0 && number(3, 5) == 3 && number(0, 3, isLast: true) == 2)
        // With this one the minute ends.
        numbers.endTick(last)
        #expect(Set([number(4, 6), number(5, 7)]) == [1, 2] && number(6, 8) == 4)
    }
}
