internal import Probes

/// Kernel memory of our maps, as the kernel charges it here, and computed for 256 CPUs.
enum MapMemoryBench {
    static let name = "memory"

    static func run(_ context: BenchContext) throws {
        let profiler = try Profiler(configuration: ProfilerConfiguration())
        var here = 0.0
        var large = 0.0
        var largest = ("", 0.0)
        for (name, id) in profiler.mapIDs {
            let info = try MapHandle(id: id, name: name).info
            guard let bytes = info.memoryBytes else {
                return context.report.skip(
                    Self.name,
                    "maps",
                    "the kernel does not say what they take"
                )
            }
            here += Double(bytes)
            let total = Double(info.memoryBytes(onCPUs: 256, name: name) ?? bytes)
            large += total
            if total > largest.1 { largest = (name, total) }
        }
        let slots = ProfilerConfiguration().maxCgroups
        context.report.add(
            Figure(
                name,
                "maps for \(slots) cgroups, \(MapInfo.possibleCPUs) CPUs",
                unit: "MiB",
                Spread(exactly: here / 1_048_576)
            )
        )
        context.report.add(
            Figure(
                name,
                "the same, 256 CPUs (computed)",
                unit: "MiB",
                Spread(exactly: large / 1_048_576),
                note: "largest: \(largest.0), \(Report.number(largest.1 / 1_048_576)) MiB"
            )
        )
    }
}
