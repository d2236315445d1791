import Aggregates
import Foundation
import HeadroomABI
import Testing

@testable import Telemetry

/// docs/metrics.md is what the descriptors say, and what they say of a page is so.
@Suite struct ManualTests {
    private static func manual(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("docs/\(name).md"), encoding: .utf8)
    }

    @Test func theReferenceIsMadeFromTheDescriptors() throws {
        let lines = try Self.manual("metrics").split(separator: "\n", omittingEmptySubsequences: false)
        let made = MetricReference.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, wanted) in zip(lines, made) {
            #expect(line == wanted, "make it anew: headroom metric-reference > docs/metrics.md")
        }
        #expect(lines.count == made.count)
    }

    @Test func theReferenceHasEveryMetricOnceAndEveryLabel() throws {
        let rows = try Self.manual("metrics").split(separator: "\n").filter { $0.hasPrefix("| `") }
        let metrics = rows.flatMap { $0.split(separator: "|")[0].matches(of: /`(headroom_[a-z_]+)`/) }
            .map { String($0.output.1) }
        #expect(Set(metrics) == Set(MetricFamily.all.map(\.name)))
        #expect(metrics.count == MetricFamily.all.count)
        for label in Set(MetricFamily.all.flatMap(\.labels)) {
            #expect(rows.contains { $0.hasPrefix("| `\(label)` | ") }, "\(label)")
        }
    }

    @Test(arguments: ["telemetry", "operations", "install", "kubernetes", "enforcing"])
    func otherPagesNameOnlyMetricsThatThereAre(page: String) throws {
        let known = Set(MetricFamily.all.map(\.name))
        for match in try Self.manual(page).matches(of: /headroom_[a-z_]+/) {
            let name = String(match.output)
            // `headroom_node_…` stands for all of them; headroom-connect has others.
            guard !name.hasSuffix("_"), !name.hasPrefix("headroom_connect"), !name.hasPrefix("headroom_fleet")
            else { continue }
            #expect(known.contains(name), "\(name)")
        }
    }

    // MARK: When a page has a metric

    private static func families(_ fixture: TableFixture) throws -> Set<String> {
        let types = try fixture.page(.prometheus).families
        return Set(types.map(\.name))
    }

    private static func names(_ isThere: (MetricPresence) -> Bool) -> Set<String> {
        Set(MetricFamily.all.filter { isThere($0.presence) }.map(\.name))
    }

    /// Those whose words no page of this fixture can tell.
    private static let conditional = names { if case .only = $0 { true } else { false } }

    @Test func aPageBeforeTheFirstWindowHasWhatIsAlwaysThere() throws {
        let told = try Self.families(TableFixture())
        #expect(told.subtracting(Self.conditional) == Self.names { $0 == .always })
    }

    @Test func aWindowWithoutDetailsTellsWhatWindowsTell() throws {
        let fixture = TableFixture()
        fixture.tick([(slot: 1, path: "/a", use: .busy(7))])
        let told = try Self.families(fixture)
        #expect(told.subtracting(Self.conditional) == Self.names { $0 == .always || $0 == .window })
    }

    @Test(arguments: [
        HR_PART_CPU.rawValue, HR_PART_THROTTLE.rawValue, HR_PART_PRESSURE.rawValue,
        HR_PART_MEMORY.rawValue, HR_PART_MEMORY_STAT.rawValue, HR_PART_LIMITS.rawValue,
        HR_PART_COUNTS.rawValue, UInt32(HR_PART_PEAKS),
    ])
    func aPartOfTheDetailsTellsWhatIsSaidOfIt(part: UInt32) throws {
        let fixture = TableFixture()
        var detail = WindowDetail()
        detail.parts = part
        var use = TableFixture.Use.busy(7)
        use.detail = detail
        for _ in 0..<2 { fixture.tick([(slot: 1, path: "/a", use: use)], rootDetail: detail) }
        let told = try Self.families(fixture)
        let wanted = Self.names { $0 == .always || $0 == .window || $0 == .part(part) }
        #expect(told.subtracting(Self.conditional) == wanted)
        #expect(wanted.count > Self.names { $0 == .always || $0 == .window }.count)
    }

    @Test func aLimitAndABudgetAreToldWhereThereIsOne() throws {
        let fixture = TableFixture()
        var detail = WindowDetail()
        detail.parts = HR_PART_LIMITS.rawValue | HR_PART_CPU_LIMIT.rawValue
        detail.memory_limit_bytes = 1 << 30
        detail.cpu_limit_cores = 1.5
        var use = TableFixture.Use.busy(7)
        use.detail = detail
        let limits: Set = [
            "headroom_cgroup_memory_limit_bytes", "headroom_cgroup_cpu_limit_cores",
            "headroom_overhead_budget_cores", "headroom_probes_run_ratio",
        ]
        fixture.tick([(slot: 1, path: "/a", use: .busy(7))])
        #expect(try Self.families(fixture).isDisjoint(with: limits))
        fixture.tick([(slot: 1, path: "/a", use: use)])
        fixture.table.updateHeader { header in
            header.budget_cores = 0.01
            header.probe_ns_per_s = 5
        }
        #expect(try Self.families(fixture).isSuperset(of: limits))
    }
}
