internal import Glibc
internal import Probes

/// What a packet and a block request cost in our programs, each beside an empty one at its hook.
enum HookBench {
    static let network = "network"
    static let disk = "disk"

    private struct Pair {
        let ours: String
        let empty: String
        let title: String
    }

    static func runNetwork(_ context: BenchContext) throws {
        try context.forest.enter()
        let pairs = [
            Pair(ours: "hr_on_ingress", empty: "empty_ingress", title: "ingress"),
            Pair(ours: "hr_on_egress", empty: "empty_egress", title: "egress"),
        ]
        let seconds = context.seconds(0.25, quick: 0.15)
        try compare(network, pairs, unit: "ns/packet", context) {
            _ = try Loopback.datagrams(seconds: seconds)
        }
    }

    static func runDisk(_ context: BenchContext) throws {
        try context.forest.enter()
        let file = try DirectFile(directory: "/var/tmp")
        let pairs = [
            Pair(ours: "hr_on_io_start", empty: "empty_io_start", title: "block_io_start"),
            Pair(ours: "hr_on_rq_issue", empty: "empty_rq_issue", title: "block_rq_issue"),
            Pair(ours: "hr_on_rq_complete", empty: "empty_rq_complete", title: "block_rq_complete"),
        ]
        let seconds = context.seconds(0.4, quick: 0.25)
        try compare(disk, pairs, unit: "ns/request", context) { _ = try file.run(seconds: seconds) }
    }

    private static func compare(
        _ bench: String,
        _ pairs: [Pair],
        unit: String,
        _ context: BenchContext,
        _ load: () throws -> Void
    ) throws {
        let tree = try CgroupTree()
        let root = unsafe open(tree.mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw BenchError.last("open", tree.mountPoint) }
        defer { close(root) }
        let object = try BenchObject()
        let counting = try BPFStatistics()
        var empty = [[Double]](repeating: [], count: pairs.count)
        var ours = empty
        for round in 0..<context.rounds(9, quick: 3) {
            for isOurs in round % 2 == 0 ? [false, true] : [true, false] {
                if isOurs {
                    var configuration = ProfilerConfiguration()
                    configuration.runQueueDelay = false
                    configuration.network = bench == network
                    configuration.disk = bench == disk
                    let profiler = try Profiler(configuration: configuration)
                    let known = profiler.programIDs
                    let present = pairs.indices.filter { index in
                        known.contains { $0.name == pairs[index].ours }
                    }
                    let programs = present.map { index in
                        known.first { $0.name == pairs[index].ours }!.id
                    }
                    let runs = try ProgramRuns.during(programs, load)
                    for (index, result) in zip(present, runs) where result.runs > 0 {
                        ours[index].append(result.nanosecondsPerRun)
                    }
                    withExtendedLifetime(profiler) {}
                } else {
                    let links = try pairs.map { pair in
                        bench == network
                            ? try object.attach(pair.empty, cgroup: root)
                            : try object.attach(pair.empty)
                    }
                    let runs = try ProgramRuns.during(links.map(\.program), load)
                    for (index, result) in runs.enumerated() where result.runs > 0 {
                        empty[index].append(result.nanosecondsPerRun)
                    }
                    withExtendedLifetime(links) {}
                }
            }
        }
        _ = consume counting
        for (index, pair) in pairs.enumerated() {
            guard !ours[index].isEmpty, !empty[index].isEmpty else {
                context.report.skip(bench, pair.title, "the hook did not fire")
                continue
            }
            let floor = Spread(empty[index])
            context.report.add(
                Figure(
                    bench,
                    "\(pair.title), ours over empty",
                    unit: unit,
                    Spread(ours[index].map { $0 - floor.median }),
                    against: "empty itself",
                    floor
                )
            )
        }
    }
}
