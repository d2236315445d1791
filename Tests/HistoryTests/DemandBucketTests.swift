import Aggregates
import Testing

@testable import History

/// Windows into steps of traces.
@Suite struct DemandBucketTests {
    private final class Box { var steps: [DemandBuckets.Step] = [] }

    private static func cgroup(_ path: String, _ application: String? = nil) -> HistoryCgroup {
        HistoryCgroup(cgroupID: 1, path: path, application: application, isLeaf: true)
    }

    private static func values(_ cpu: Double, memory: Double) -> InlineArray<6, Double> { [cpu, memory, 0, 0, 0, 0] }

    private func steps(_ step: Int64, by grouping: DemandBuckets.Grouping, _ body: (inout DemandBuckets) -> Void) -> [DemandBuckets.Step] {
        let box = Box()
        var buckets = DemandBuckets(stepSeconds: step, grouping: grouping, isWanted: { $0 != "/unwanted" }) { box.steps.append($0) }
        body(&buckets)
        buckets.finish()
        return box.steps
    }

    @Test func whatDidNothingHoldsItsMemoryUntilItIsGone() {
        let steps = steps(10, by: .cgroup) { buckets in
            for second in 1...30 as ClosedRange<UInt64> {
                if second == 1 { buckets.add(Self.cgroup("/a"), Self.values(2, memory: 100), isLast: false) }
                if second == 15 { buckets.add(Self.cgroup("/a"), Self.values(0, memory: 50), isLast: true) }
                buckets.add(Self.cgroup("/unwanted"), Self.values(9, memory: 9), isLast: false)
                buckets.close(timeNanoseconds: second * 1_000_000_000, seconds: 1)
            }
        }
        #expect(steps.map(\.name) == ["/a", "/a"])
        #expect(steps.map(\.timeSeconds) == [10, 20])
        #expect((steps[0].values[0] - 0.2).magnitude < 1e-12 && (steps[0].values[1] - 100).magnitude < 1e-9)
        #expect((steps[1].values[1] - 45).magnitude < 1e-9, "4 s of 100, a last one of 50, then nothing")
    }

    @Test func whereNobodyWatchedThereIsNoStep() {
        let steps = steps(60, by: .cgroup) { buckets in
            for minute in [1, 2, 5, 6] as [UInt64] {
                buckets.add(Self.cgroup("/a"), Self.values(1, memory: 1), isLast: true)
                buckets.close(timeNanoseconds: minute * 60_000_000_000 - 1000, seconds: 60)
            }
        }
        #expect(steps.map(\.timeSeconds) == [60, 120, 300, 360])
        #expect(steps.allSatisfy { ($0.values[0] - 1).magnitude < 1e-12 })
    }

    @Test func applicationsAreTheSumOfTheirCgroups() {
        let steps = steps(1, by: .application) { buckets in
            buckets.add(Self.cgroup("/pod-a", "shop/Deployment/web"), Self.values(1, memory: 10), isLast: false)
            buckets.add(Self.cgroup("/pod-b", "shop/Deployment/web"), Self.values(2, memory: 20), isLast: false)
            buckets.add(Self.cgroup("/system.slice"), Self.values(4, memory: 40), isLast: false)
            buckets.close(timeNanoseconds: 7_000_000_000, seconds: 1)
        }
        #expect(steps.count == 1 && steps[0].name == "shop/Deployment/web")
        #expect(steps[0].values[0] == 3 && steps[0].values[1] == 30)
    }
}
