import Aggregates
import Planner
import Testing

@testable import Agent

/// A new replica knows what its peers know.
@Suite struct PeerGroupTests {
    private static let pools = [PoolDefinition(name: "web", cgroups: [CgroupPattern("/app*")!])]

    private func group(_ path: String, _ pools: [PoolDefinition] = []) -> PeerGroup? {
        PeerGroup(path: path, membership: PoolMembership(of: path, in: pools))
    }

    @Test func instancesOfOneTemplateAreReplicas() throws {
        let one = try #require(group("/system.slice/worker@1.service"))
        #expect(one.areReplicas)
        #expect(one == group("/system.slice/worker@two-2.service"))
        #expect(one == group("/system.slice/worker@a@b.service"))
        for other in [
            "/system.slice/walker@1.service", "/user.slice/worker@1.service", "/system.slice/worker@1.scope",
        ] {
            #expect(group(other) != one && group(other) != nil)
        }
    }

    @Test(arguments: [
        "/system.slice/worker.service", "/system.slice/worker@.service", "/system.slice/@1.service",
        "/a@b/worker.service", "/worker@1", "/", "/x@",
    ])
    func othersHaveNoPeers(path: String) { #expect(group(path) == nil) }

    @Test func membersOfAPoolArePeersAndWhatIsInsideThemIsNot() throws {
        let member = try #require(group("/app1", Self.pools))
        #expect(!member.areReplicas && member == group("/app2", Self.pools))
        #expect(group("/app1/part", Self.pools) == nil)
        // A template says more than a pool.
        #expect(try #require(group("/app@1.service", Self.pools)).areReplicas)
    }

    /// Little, and for two seconds in twenty a lot.
    private static func bursts(_ second: Int) -> KernelScript.Usage {
        .init(cores: second % 20 < 2 ? 3 : 0.2, memoryBytes: 100e6)
    }

    /// The 0.95 quantile of CPU that a cgroup is forecast in its first ten seconds, none of them a burst.
    private func first(_ path: String, pools: [PoolDefinition], removesPeers: Bool = false) throws -> Double {
        var configuration = EngineConfiguration.small(horizonsSeconds: [5, 20], planned: [.cpu])
        configuration.pools = pools
        let live = try LiveRun(KernelScript(cgroups: 3), configuration, sink: CapturingSink())
        for second in 0..<1_200 { try live.tick { _ in Self.bursts(second) } }
        if removesPeers {
            for peer in ["/app0", "/app1", "/app2"] { live.ingest(live.script.remove(peer)) }
            try live.tick { _ in Self.bursts(5) }
        }
        live.ingest(live.script.make(path))
        for second in 1_206..<1_216 { try live.tick { _ in Self.bursts(second) } }
        let issued = try #require(
            live.engine.sink.forecasts.last { $0.path == path && $0.resource == .cpu })
        return issued.values[try #require(issued.quantiles.firstIndex(of: 0.95))]
    }

    @Test func aNewMemberExpectsWhatItsPeersHaveSeen() throws {
        let stranger = try first("/other", pools: Self.pools)
        #expect(stranger < 1)
        #expect(try first("/app9", pools: Self.pools) > 5 * stranger, "peers that run")
        #expect(try first("/app9", pools: Self.pools, removesPeers: true) > 5 * stranger, "peers that ran")
        #expect(try first("/app9", pools: []) < 1, "no peers")
    }
}
