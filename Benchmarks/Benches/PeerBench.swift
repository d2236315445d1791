internal import Glibc
internal import Probes

/// Ours beside the tools that people use for the same figures: bcc's and bpftrace's.
///
/// In each round every contestant is attached once, and measured twice: end to end by a load that
/// others know, and by the kernel's own count of its programs' time under a load of ours. While
/// that counts, empty programs at the same hooks count the events and say what the counting costs.
enum PeerBench {
    static let name = "peers"

    /// What is measured at one kind of event.
    private struct Group {
        let title: String
        let unit: String
        let peers: [Peer]
        /// Empty programs where ours are; the first runs once an event.
        let ourFloors: [String]
        /// Empty programs where the peers' are.
        let peerFloors: [String]
        let events: (Double) throws -> LoadResult
        let external: ExternalLoad
        /// The most that ours may slow `external`, in percent; nil for no target.
        let slowdownTarget: Double?
        /// Of ours over the first peer's.
        let shareTarget: Double?
    }

    private enum Contestant: Hashable {
        case nothing, empty, ours
        case peer(Int)
    }

    static func run(_ context: BenchContext) throws {
        try context.forest.enter()
        let file = try DirectFile(directory: "/var/tmp")
        let groups = [
            Group(
                title: "switch",
                unit: "ns/switch",
                peers: [
                    .bcc("runqlat"),
                    .bcc("runqlat", "-c CGROUP", ["-c", context.forest.root]),
                    .bcc("runqlat", "--pidnss", ["--pidnss"]),
                    .bcc("cpudist"),
                    .bpftrace("runqlat.bt", BpftraceScript.runqlat),
                    .bpftrace("by cgroup", BpftraceScript.runQueueDelay),
                ],
                ourFloors: ["empty_switch"],
                peerFloors: ["empty_switch", "empty_wakeup"],
                events: PipePingPong.run,
                external: try .pipe(roundTrips: context.quick ? 30_000 : 60_000),
                slowdownTarget: 2,
                shareTarget: 1 / 8
            ),
            Group(
                title: "network",
                unit: "ns/datagram",
                peers: [
                    .bcc("tcptop", "", ["3600"]),
                    .bpftrace("by cgroup", BpftraceScript.network),
                ],
                ourFloors: ["empty_egress", "empty_ingress"],
                peerFloors: ["empty_egress", "empty_sock_send", "empty_sock_receive"],
                events: Loopback.datagrams,
                external: .iperf(mebibytes: context.quick ? 512 : 1024),
                slowdownTarget: 2,
                shareTarget: nil
            ),
            Group(
                title: "disk",
                unit: "ns/request",
                peers: [
                    .bcc("biolatency"),
                    .bpftrace("by cgroup", BpftraceScript.disk),
                ],
                ourFloors: ["empty_rq_issue", "empty_io_start", "empty_rq_complete"],
                peerFloors: ["empty_rq_issue", "empty_rq_complete"],
                events: file.run,
                external: .fio(file: file, milliseconds: context.quick ? 300 : 500),
                slowdownTarget: nil,
                shareTarget: nil
            ),
        ]
        for group in groups { try measure(group, context) }
    }

    private static func measure(_ group: Group, _ context: BenchContext) throws {
        let object = try BenchObject()
        var contestants: [Contestant] = [.nothing, .empty, .ours]
        contestants += group.peers.indices.map { .peer($0) }
        var hasExternal = true
        if ChildProcess.find(group.external.tool) == nil {
            hasExternal = false
            context.report.skip(
                name,
                group.external.title,
                "\(group.external.tool) is not installed; it is in the package "
                    + group.external.package
            )
        }
        var costs: [Contestant: [Double]] = [:]
        var loads: [Contestant: [LoadResult]] = [:]
        for round in 0..<context.rounds(11, quick: 2) {
            let order = contestants.indices.map {
                contestants[($0 + round) % contestants.count]
            }
            for contestant in order {
                do {
                    let attached = try Attached(contestant, group, object)
                    if hasExternal {
                        loads[contestant, default: []].append(try group.external.run())
                    }
                    if !attached.programs.isEmpty {
                        let cost = try cost(
                            of: attached.programs,
                            floors: contestant == .ours ? group.ourFloors : group.peerFloors,
                            group,
                            object,
                            seconds: context.seconds(0.2, quick: 0.12)
                        )
                        costs[contestant, default: []].append(cost)
                    }
                    withExtendedLifetime(attached) {}
                } catch let failure as PeerProcess.NotRunnable {
                    guard case .peer(let index) = contestant else { throw failure }
                    contestants.removeAll { $0 == contestant }
                    costs[contestant] = nil
                    loads[contestant] = nil
                    context.report.skip(
                        name,
                        "\(group.title), \(group.peers[index].name)",
                        failure.reason
                    )
                }
            }
        }
        report(costs, group, context)
        for basis in group.external.bases where hasExternal {
            report(loads, by: basis, group, context)
        }
    }

    /// Nanoseconds an event of all the programs together, over empty ones in their place.
    private static func cost(
        of programs: [UInt32],
        floors: [String],
        _ group: Group,
        _ object: BenchObject,
        seconds: Double
    ) throws -> Double {
        let floors = try floors.filter { try object.has($0) }
        let counter = group.ourFloors[0]
        let others = floors.filter { $0 != counter }
        let empty = try object.attachEmpty([counter] + others)
        let counting = try BPFStatistics()
        _ = try group.events(0.02)
        let runs = try ProgramRuns.during(empty.map(\.program) + programs) {
            _ = try group.events(seconds)
        }
        _ = consume counting
        withExtendedLifetime(empty) {}
        let floorRuns = zip([counter] + others, runs).filter { floors.contains($0.0) }.map(\.1)
        let floor =
            floorRuns.reduce(0) { $0 + $1.nanoseconds } / floorRuns.reduce(0) { $0 + $1.runs }
        let events = runs[0].runs
        let own = runs.dropFirst(empty.count)
        let ownRuns = own.reduce(0) { $0 + $1.runs }
        guard events > 100 else { throw BenchError("\(group.title): no events were counted") }
        guard ownRuns > events / 2 else {
            throw PeerProcess.NotRunnable(
                reason: "its programs ran \(Int(ownRuns)) times at \(Int(events)) events"
            )
        }
        return (own.reduce(0) { $0 + $1.nanoseconds } - ownRuns * floor) / events
    }

    /// What is attached for one contestant, until the value goes.
    private struct Attached {
        private var links: [Attachment] = []
        private var profiler: Profiler?
        private var peer: PeerProcess?
        /// Those whose time counts.
        let programs: [UInt32]

        init(_ contestant: Contestant, _ group: Group, _ object: BenchObject) throws {
            switch contestant {
            case .nothing: programs = []
            case .empty:
                links = try object.attachEmpty()
                programs = []
            case .ours:
                let profiler = try Profiler(configuration: ProfilerConfiguration())
                programs = profiler.programIDs.map(\.id)
                self.profiler = profiler
            case .peer(let index):
                let peer = try PeerProcess(group.peers[index])
                programs = peer.programs
                self.peer = peer
            }
        }
    }

    private static func report(
        _ costs: [Contestant: [Double]],
        _ group: Group,
        _ context: BenchContext
    ) {
        guard let ours = costs[.ours].map({ Spread($0) }) else { return }
        let first = group.peers.indices.first { costs[.peer($0)] != nil }
        let peer = first.map { Spread(costs[.peer($0)]!) }
        // The share is of the first peer, not of whichever happens to run here.
        let share = first == 0 ? group.shareTarget : nil
        context.report.add(
            Figure(
                name,
                "\(group.title), ours over empty",
                unit: group.unit,
                ours,
                against: first.map { group.peers[$0].name },
                peer,
                target: peer.flatMap { peer in share.map { $0 * peer.median } },
                note: share.map {
                    "the target is 1/\(Int((1 / $0).rounded())) of \(group.peers[0].name) over empty"
                }
            )
        )
        for (index, peer) in group.peers.enumerated() {
            guard let cost = costs[.peer(index)] else { continue }
            context.report.add(
                Figure(
                    name,
                    "\(group.title), \(peer.name) over empty",
                    unit: group.unit,
                    Spread(cost),
                    against: "ours",
                    ours
                )
            )
        }
    }

    private static func report(
        _ loads: [Contestant: [LoadResult]],
        by basis: ExternalLoad.Basis,
        _ group: Group,
        _ context: BenchContext
    ) {
        func perOperation(_ result: LoadResult) -> Double {
            basis == .cpu ? result.cpuPerOperation : result.wallPerOperation
        }
        guard let nothing = loads[.nothing] else { return }
        /// Each round by the same round with nothing attached.
        func slowdown(_ contestant: Contestant) -> Spread? {
            loads[contestant].map { results in
                Spread(
                    zip(results, nothing).map { on, off in
                        (perOperation(on) / perOperation(off) - 1) * 100
                    }
                )
            }
        }
        context.report.add(
            Figure(
                name,
                "\(group.external.title), nothing attached",
                unit: basis == .cpu ? "µs CPU" : "µs",
                Spread(nothing.map { perOperation($0) / 1000 }),
                note: "a \(group.external.operation)"
            )
        )
        guard let empty = slowdown(.empty), let ours = slowdown(.ours) else { return }
        context.report.add(
            Figure(
                name,
                "\(group.external.title), all of ours",
                unit: basis.rawValue,
                ours,
                against: "empty programs",
                empty,
                target: group.slowdownTarget
            )
        )
        for (index, peer) in group.peers.enumerated() {
            guard let slower = slowdown(.peer(index)) else { continue }
            context.report.add(
                Figure(
                    name,
                    "\(group.external.title), \(peer.name)",
                    unit: basis.rawValue,
                    slower,
                    against: "all of ours",
                    ours
                )
            )
        }
    }
}
