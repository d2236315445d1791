import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    /// Programs that this kernel does not take: what then measures, and what is said.
    @Suite struct RefusalTests {
        @Test(.enabled(if: Host.walksInKernel, "needs a kernel that walks cgroups (6.1)"))
        func aRefusedWalkIsDoneByFiles() throws {
            var configuration = ProfilerConfiguration()
            configuration.spoiledPrograms = ["hr_walk_cgroups", "hr_on_retransmit"]
            let observer = try Observer(configuration)
            let source = try #require(observer.sources.first { $0.metric == "cpu usage" })
            #expect(source.source.hasPrefix("cpu.stat"))
            #expect(source.reason.hasPrefix("hr_walk_cgroups was refused: "), "\(source.reason)")
            let retransmits = try #require(
                observer.sources.first { $0.metric == "tcp retransmits" })
            #expect(!retransmits.isAvailable, "refused before or after the walk, it stays refused")
            #expect(retransmits.reason.hasPrefix("hr_on_retransmit was refused: "))

            let cgroup = try TestCgroup(TestCgroup.uniqueName("refused"))
            try observer.expectBurnIsCounted(
                in: cgroup, processes: 1, windows: 3, atLeast: 200_000_000)
        }

        @Test func aRefusedHookTakesItsMetricsAlongAndNothingElse() throws {
            var configuration = ProfilerConfiguration()
            configuration.spoiledPrograms = ["hr_on_switch"]
            let observer = try Observer(configuration)
            #expect(observer.absentTiers == [.runQueueDelay])
            for source in observer.sources
            where ["run-queue delay", "cpu peaks"].contains(source.metric) {
                #expect(!source.isAvailable, "\(source.metric): \(source.source)")
            }
            let network = try #require(observer.sources.first { $0.metric == "network" })
            #expect(network.isAvailable)
            let cgroup = try TestCgroup(TestCgroup.uniqueName("unhooked"))
            let burner = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            usleep(500_000)
            burner.stop(SIGKILL)
            try observer.tick()
            #expect(observer.total(cgroup.path) { $0.cpu_ns } > 100_000_000)
        }
    }
}
