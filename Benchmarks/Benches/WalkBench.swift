internal import Glibc
internal import Probes

/// The sampler walk at several numbers of cgroups, beside a walk that only reads.
///
/// The cost of a cgroup is the slope between the smallest number and each larger one, so that
/// what a walk costs by itself (and the task walk) does not count.
enum WalkBench {
    static let name = "walk"

    private struct Times {
        var ours: [Double] = []
        var floor: [Double] = []
    }

    static func run(_ context: BenchContext) throws {
        let tree = try CgroupTree()
        let root = unsafe open(tree.mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw BenchError.last("open", tree.mountPoint) }
        defer { close(root) }
        let object = try BenchObject()
        let floor = try object.cgroupWalk("floor_walk", root: root)
        let base = 10
        var idleBase = Times()
        for size in [base, 1000, 10_000] {
            try context.forest.grow(to: size)
            var configuration = ProfilerConfiguration()
            configuration.maxCgroups = 16_384
            configuration.network = true
            let profiler = try Profiler(configuration: configuration)
            let rounds = context.rounds(size > 1000 ? 11 : 41, quick: size > 1000 ? 3 : 15)
            let idle = try measure(profiler, floor, rounds) {}
            if size == base {
                idleBase = idle
                context.report.add(
                    Figure(
                        name,
                        "whole tick at \(size) more cgroups",
                        unit: "µs",
                        Spread(idle.ours.map { $0 / 1000 }),
                        against: "read only",
                        Spread(idle.floor.map { $0 / 1000 }),
                        note: "includes the task walk that RSS needs on hosts without memcg on v2"
                    )
                )
                continue
            }
            let active = try measure(profiler, floor, rounds) { try context.forest.touchAll() }
            let asleep = try measure(profiler, floor, rounds) {}
            let more = Double(size - base)
            let oursBase = Spread(idleBase.ours).median
            let floorBase = Spread(idleBase.floor).median
            let cases: [(title: String, times: Times, target: Double)] = [
                ("idle, never used", idle, 0.15), ("idle, used before", asleep, 0.15),
                ("active", active, 0.4),
            ]
            for (title, times, target) in cases {
                context.report.add(
                    Figure(
                        name,
                        "a cgroup, \(title), of \(size)",
                        unit: "µs/cgroup",
                        Spread(times.ours.map { ($0 - oursBase) / more / 1000 }),
                        against: "read only",
                        Spread(times.floor.map { ($0 - floorBase) / more / 1000 }),
                        target: target
                    )
                )
            }
        }
    }

    private static func measure(
        _ profiler: Profiler,
        _ floor: Attachment,
        _ rounds: Int,
        _ prepare: () throws -> Void
    ) throws -> Times {
        var times = Times()
        for round in 0..<(rounds + 2) {
            for isOurs in round % 2 == 0 ? [false, true] : [true, false] {
                try prepare()
                let start = Clock.monotonic()
                if isOurs { try profiler.walk() } else { try floor.walk() }
                let elapsed = Double(Clock.monotonic() - start)
                unsafe profiler.drain { _ in }
                guard round >= 2 else { continue }
                if isOurs { times.ours.append(elapsed) } else { times.floor.append(elapsed) }
            }
        }
        return times
    }
}
