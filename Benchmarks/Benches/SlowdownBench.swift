internal import Glibc
internal import Probes

/// End to end: the same load without programs, with empty ones at the same hooks, and with ours.
///
/// Compared by the CPU time the load's own threads take for an operation, which other people's
/// load disturbs far less than wall time. What a program takes inside a system call or a switch
/// is charged to the thread that makes it. The empty programs show how much of the slowdown is
/// the kernel's price of any hook.
enum SlowdownBench {
    static let name = "slowdown"

    private enum Attached: CaseIterable {
        case nothing, empty, ours
    }

    static func run(_ context: BenchContext) throws {
        try context.forest.enter()
        try compare("pipe ping-pong, one CPU", "round trip", target: 2, context, PipePingPong.run)
        try compare("loopback TCP stream", "MiB", target: 2, context, Loopback.stream)
        try compare(
            "loopback UDP, 64 bytes each",
            "datagram",
            target: nil,
            context,
            Loopback.datagrams
        )
    }

    private static func compare(
        _ title: String,
        _ unit: String,
        target: Double?,
        _ context: BenchContext,
        _ load: (Double) throws -> LoadResult
    ) throws {
        let object = try BenchObject()
        let seconds = context.seconds(0.25, quick: 0.12)
        var alone: [Double] = []
        var slower: [Double] = []
        var slowerEmpty: [Double] = []
        var wall: [Double] = []
        for round in 0..<context.rounds(25, quick: 7) {
            var results: [Attached: LoadResult] = [:]
            for step in 0..<3 {
                let attached = Attached.allCases[(step + round) % 3]
                var links: [Attachment] = []
                var profiler: Profiler?
                switch attached {
                case .nothing: break
                case .empty: links = try object.attachEmpty()
                case .ours: profiler = try Profiler(configuration: ProfilerConfiguration())
                }
                _ = try load(0.02)
                results[attached] = try load(seconds)
                withExtendedLifetime((links, profiler)) {}
            }
            let off = results[.nothing]!
            let on = results[.ours]!
            alone.append(off.cpuPerOperation)
            slower.append((on.cpuPerOperation / off.cpuPerOperation - 1) * 100)
            slowerEmpty.append(
                (results[.empty]!.cpuPerOperation / off.cpuPerOperation - 1) * 100
            )
            wall.append((on.wallPerOperation / off.wallPerOperation - 1) * 100)
        }
        let walls = Spread(wall)
        context.report.add(
            Figure(
                name,
                title,
                unit: "% CPU",
                Spread(slower),
                against: "empty programs",
                Spread(slowerEmpty),
                target: target,
                note: """
                    alone \(Report.number(Spread(alone).median)) ns of CPU a \(unit); by wall time \
                    \(Report.number(walls.median)) % \
                    (\(Report.number(walls.low))…\(Report.number(walls.high)))
                    """
            )
        )
    }
}
