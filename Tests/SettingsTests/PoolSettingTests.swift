import Agent
import Aggregates
import Planner
import Testing

@testable import Settings

@Suite struct PoolSettingTests {
    private static let two = """
        plan: {resources: [cpu, memory], cost_ratio: 9, cpu: {min: 3, max: 12, chunk: 0.5}}
        pools:
          - name: web
            cgroups: [/system.slice/web-*.service, /kubepods.slice/*]
            priority: 10
            cpu: {min: 2, cost_ratio: 99, raise_per_minute: 4}
          - {name: batch, cgroups: [/batch.slice], resources: [cpu], weight: 2, lead: 10m}
        """

    @Test func poolsBecomePlansOfTheirOwn() throws {
        let engine = try ConfigurationFixture(Self.two).load().settings.options.engine
        #expect(engine.pools.map(\.name) == ["web", "batch"])
        #expect(engine.pools.map(\.priority) == [10, 0] && engine.pools.map(\.weight) == [1, 2])
        #expect(
            engine.plans.map(\.scope) == [.node, .node, .pool(0), .pool(0), .pool(1)])
        let web = engine.plans[2].configuration
        #expect(web.costRatio == 99 && web.minimum == 2 && web.maximum == .infinity)
        #expect(web.chunk == 0.5 && web.raisePerMinute == 4)
        #expect(engine.plans[3].configuration.costRatio == 9)
        #expect(engine.plans[4].configuration.leadTimeNanoseconds == 600_000_000_000)
        // The node's least is not a pool's.
        #expect(engine.plans[4].configuration.minimum == 0)
    }

    @Test func whatIsShownReadsBackAsTheSame() throws {
        let first = try ConfigurationFixture(Self.two).load()
        let second = try ConfigurationFixture(first.listing).load()
        #expect(first.settings.pools == second.settings.pools && first.settings.pools.count == 2)
        #expect(first.listing.contains("pools: [{name: web, cgroups: ["))
    }

    @Test(arguments: [
        ("[{name: a}]", "1:9: pools: cgroups is missing; expected a list of 1 to 64"),
        ("[{cgroups: [/a]}]", "1:9: pools: name is missing; expected a name of 1 to 63"),
        ("[{name: a, cgroups: [a]}]", "1:29: pools: cgroups: \"a\" is no path of cgroups from /;"),
        ("[{name: a, cgroups: [/]}]", "is no path of cgroups from /"),
        ("[{name: a, cgroups: [/x/../y]}]", "is no path of cgroups from /"),
        ("[{name: a, cgroups: [/*x*]}]", "is no path of cgroups from /"),
        ("[{name: node, cgroups: [/a]}]", "\"node\" is no name of a pool"),
        ("[{name: a/b, cgroups: [/a]}]", "\"a/b\" is no name of a pool"),
        ("[{name: a, cgroup: [/a]}]", "\"cgroup\" is no key here; expected one of name, cgroups"),
        ("[{name: a, cgroups: [/a], weight: 0}]", "weight: \"0\" is out of range; expected a positive"),
        ("[{name: a, cgroups: [/a], cpu: {chunks: 1}}]", "cpu: \"chunks\" is no key here"),
        ("[{name: a, cgroups: [/a], cpu: {min: 2, max: 1}}]", "a: no whole number of chunks of cpu"),
        ("[{name: a, cgroups: [/a]}, {name: a, cgroups: [/b]}]", "two pools are named a"),
        ("[{name: a, cgroups: [/a/*]}, {name: b, cgroups: [/a/b/c]}]", "would count twice"),
        ("[a]", "not keys with values; expected a list of at most 16 pools"),
        ("{}", "pools:"),
    ])
    func whatMakesNoSenseIsRefused(pools: String, told: String) throws {
        do {
            _ = try ConfigurationFixture("pools: \(pools)").load()
            Issue.record("\(pools) was taken")
        } catch let error as ConfigurationError {
            #expect(error.problems.contains { "\($0)".contains(told) }, "\(error.problems)")
        }
    }

    @Test(arguments: [
        ("/a", "/a", "same"), ("/a", "/a/b", "inside"), ("/a", "/ab", "other"), ("/a/*", "/a", "other"),
        ("/a/*", "/a/b", "same"), ("/a/*", "/a/b/c", "inside"), ("/a/web-*.x", "/a/web-1.x", "same"),
        ("/a/web-*.x", "/a/web-.x", "same"), ("/a/web-*.x", "/a/web.x", "other"),
        ("/*/b", "/a/b", "same"), ("/a", "/", "other"), ("/a", "a", "other"), ("/aa*a", "/aa", "other"),
        // By bytes: a mark that combines with what stands before it, and one name written in two ways.
        ("/a", "/a/\u{358}b", "inside"), ("/a/*", "/a/\u{358}b", "same"), ("/a/web-*", "/a/web-\u{301}", "same"),
        ("/\u{e9}", "/e\u{301}", "other"),
    ])
    func patternsNameWhatTheySay(pattern: String, path: String, relation: String) throws {
        let pattern = try #require(CgroupPattern(pattern))
        #expect("\(pattern.relation(to: path))" == relation)
    }
}
