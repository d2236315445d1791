import Testing

@testable import Planner

@Suite struct BoxedTests {
    @Test func aCopyIsItsOwnOnceItIsChanged() {
        var first = Boxed([1])
        var second = first
        second.value.append(2)
        #expect(first.value == [1] && second.value == [1, 2])
        first.value[0] = 9
        #expect(first.value == [9] && second.value == [1, 2])
    }

    /// As a simulation does that tries a plan and goes on from before.
    @Test func aCopiedPlannerGoesItsOwnWay() {
        var planner = ResourcePlanner.cpu()
        func live(_ planner: inout ResourcePlanner, _ seconds: Range<Int64>, _ demand: Double) {
            for second in seconds {
                _ = planner.plan(
                    at: second, demand: demand, forecast: demand, ladder: .uniform(demand...demand + 4), ready: 0)
            }
        }
        live(&planner, 0..<4_000, 5)
        let before = planner.learned
        var copy = planner
        live(&copy, 4_000..<9_000, 50)
        #expect(planner.learned == before && copy.learned != before)
    }
}
