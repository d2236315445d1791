import Aggregates
import Testing

@testable import headroom

/// What the demo may do, before it does anything.
@Suite struct DemoPlanTests {
    private func plan(
        cores: Double = 1, memory: Double = 512 * 1_048_576, seed: UInt64 = 1,
        controllers: Set<String> = ["cpu", "memory"], disk: Bool = true
    ) -> DemoPlan {
        DemoPlan(cores: cores, memoryBytes: memory, seed: seed, controllers: controllers, usesDisk: disk)
    }

    @Test(arguments: [0.05, 0.5, 1, 3.7, 64], [true, false])
    func allTogetherStayWithinTheBounds(cores: Double, hasCPU: Bool) {
        for megabytes in [256.0, 512, 4096] {
            let plan = plan(
                cores: cores, memory: megabytes * 1_048_576, controllers: hasCPU ? ["cpu"] : [])
            let wanted = plan.workloads.reduce(0) { $0 + $1.cores }
            #expect(wanted <= cores * 1.000_001, "\(wanted) of \(cores)")
            let held = plan.workloads.reduce(0) {
                $0 + $1.memoryBytes + Double($1.processes) * DemoPlan.processBytes
            }
            // On many cores the programs alone take more than the least.
            if cores <= 4 { #expect(held <= megabytes * 1_048_576, "\(held)") }
            for workload in plan.workloads {
                #expect(workload.cores / Double(workload.processes) <= 1, "\(workload.place)")
            }
        }
    }

    @Test func withoutACPUControllerNothingIsCappedAndItIsSaid() {
        let without = plan(controllers: ["memory"])
        #expect(without.workloads.allSatisfy { $0.limitCores == nil })
        #expect(without.absent.map(\.what) == ["capped.service"])
        let with = plan()
        let capped = with.workloads.first { $0.limitCores != nil }
        #expect(capped.map { $0.limitCores! < $0.cores } == true)
        #expect(with.absent.isEmpty)
        #expect(plan(disk: false).absent.map(\.what) == ["db.service"])
        #expect(plan(disk: false).workloads.allSatisfy { $0.load != .disk })
    }

    /// The paths are those of real managers, so that identity shows.
    @Test func containersAndPodsAreRecognised() throws {
        let paths = plan().workloads.map { "/headroom-demo.slice/" + $0.place }
        let kinds = Set(paths.compactMap { CgroupIdentity(path: $0)?.kind })
        #expect(kinds.isSuperset(of: [.docker, .kubernetesContainer, .service]))
        let pod = try #require(paths.compactMap { CgroupIdentity(path: $0) }.first { $0.kind == .kubernetesContainer })
        #expect(pod.runtime == .containerd && pod.qos == .burstable)
        #expect(pod.podUID?.count == 36)
        #expect(Set(paths).count == paths.count)
    }

    @Test func oneSeedIsOnePlan() {
        #expect(plan(seed: 7).workloads == plan(seed: 7).workloads)
        #expect(plan(seed: 7).workloads.map(\.place) != plan(seed: 8).workloads.map(\.place))
    }

    @Test(arguments: DemoShape.allCases)
    func aShapeStaysBetweenNothingAndAll(shape: DemoShape) {
        var levels: [Double] = []
        for step in 0..<4_000 {
            let level = shape.level(at: Double(step) * 0.25, day: 240, seed: 3)
            #expect((0...1).contains(level), "\(level) at \(step)")
            #expect(level == shape.level(at: Double(step) * 0.25, day: 240, seed: 3))
            levels.append(level)
        }
        let mean = levels.reduce(0, +) / Double(levels.count)
        switch shape {
        case .steady: #expect(mean == 1)
        case .batch: #expect((0.2...0.3).contains(mean), "a quarter of the day: \(mean)")
        case .bursts: #expect((0.1...0.4).contains(mean), "\(mean)")
        case .wave: #expect((0.4...0.6).contains(mean), "\(mean)")
        case .growth: #expect((0.55...0.65).contains(mean), "\(mean)")
        }
    }

    @Test func aDaysNoonIsBusierThanItsNight() {
        let wave = DemoShape.wave
        for day in [20.0, 240, 3_600] {
            #expect(wave.level(at: day * 5.5, day: day, seed: 1) > 3 * wave.level(at: day * 5, day: day, seed: 1))
        }
    }
}
