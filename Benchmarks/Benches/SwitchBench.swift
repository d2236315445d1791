internal import Probes

/// What a context switch costs in our program, beside an empty one and the two-hook method.
enum SwitchBench {
    static let name = "switch"

    private enum Method: Int, CaseIterable {
        case empty, cssID, hash, twoHook
    }

    static func run(_ context: BenchContext) throws {
        try context.forest.enter()
        let object = try BenchObject()
        let counting = try BPFStatistics()
        var samples = [[Double]](repeating: [], count: Method.allCases.count)
        for round in 0..<context.rounds(11, quick: 3) {
            // Another order each round, so that drift hits all alike.
            for step in Method.allCases.indices {
                let method = Method.allCases[(step + round) % Method.allCases.count]
                samples[method.rawValue].append(
                    try measure(method, object, seconds: context.seconds(0.25, quick: 0.15))
                )
            }
        }
        _ = consume counting
        let empty = Spread(samples[Method.empty.rawValue])
        let twoHook = Spread(samples[Method.twoHook.rawValue].map { $0 - 2 * empty.median })
        func net(_ method: Method) -> Spread {
            Spread(samples[method.rawValue].map { $0 - empty.median })
        }
        context.report.add(
            Figure(
                name,
                "empty program, the measuring itself",
                unit: "ns/switch",
                empty
            )
        )
        context.report.add(
            Figure(
                name,
                "ours over empty, slots by css id",
                unit: "ns/switch",
                net(.cssID),
                against: "two hooks",
                twoHook,
                target: 60
            )
        )
        context.report.add(
            Figure(
                name,
                "ours over empty, slots by hash",
                unit: "ns/switch",
                net(.hash),
                against: "two hooks",
                twoHook
            )
        )
    }

    /// Nanoseconds a switch, the wakeup's hook included where there is one.
    private static func measure(
        _ method: Method,
        _ object: BenchObject,
        seconds: Double
    ) throws -> Double {
        switch method {
        case .empty: return try load(attaching: ["empty_switch"], object, seconds)
        case .twoHook:
            return try load(attaching: ["two_hook_switch", "two_hook_wakeup"], object, seconds)
        case .cssID, .hash:
            var configuration = ProfilerConfiguration()
            configuration.forceHashSlots = method == .hash
            configuration.network = false
            configuration.disk = false
            let profiler = try Profiler(configuration: configuration)
            guard let program = profiler.programIDs.first(where: { $0.name == "hr_on_switch" })
            else { throw BenchError("hr_on_switch was not loaded: see `headroom doctor`") }
            return try load([program.id], seconds)
        }
    }

    private static func load(
        attaching names: [String],
        _ object: BenchObject,
        _ seconds: Double
    ) throws -> Double {
        let links = try names.map { try object.attach($0) }
        return try withExtendedLifetime(links) { try load(links.map(\.program), seconds) }
    }

    /// The first program's runs are the switches.
    private static func load(_ programs: [UInt32], _ seconds: Double) throws -> Double {
        _ = try PipePingPong.run(seconds: 0.02)
        let runs = try ProgramRuns.during(programs) {
            _ = try PipePingPong.run(seconds: seconds)
        }
        guard runs[0].runs > 1000 else { throw BenchError("no context switches were counted") }
        return runs.reduce(0) { $0 + $1.nanoseconds } / runs[0].runs
    }
}
