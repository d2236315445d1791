internal import Aggregates

/// One application of the demo: its cgroup and what its processes do there.
struct DemoWorkload: Equatable {
    enum Load: String, CaseIterable {
        /// Uses CPU time and nothing else.
        case cpu
        /// Writes to a file and waits for the disk.
        case disk
        /// Takes what `send` sends over loopback.
        case receive
        case send
        /// Holds memory.
        case memory
    }

    /// Below the demo's parent, without a slash before it.
    let place: String
    /// In a few words.
    let what: String
    let load: Load
    let shape: DemoShape
    /// CPU time that it uses at most, in cores.
    let cores: Double
    /// Memory that it takes at most beyond its program's own, in bytes.
    var memoryBytes = 0.0
    /// The limit it is held to, in cores; nil: none.
    var limitCores: Double?

    /// For people: a container's or pod's name, else the place.
    var name: String {
        guard let identity = CgroupIdentity(path: "/" + place), identity.kind.isWorkload else { return place }
        return identity.displayName
    }

    /// Processes: none can use more than a core.
    var processes: Int { load == .cpu ? max(1, Int(cores.rounded(.up))) : 1 }
}

/// What the demo runs: everything that is bounded is bounded here.
struct DemoPlan {
    let workloads: [DemoWorkload]
    /// What is left out on this host, and why.
    let absent: [(what: String, why: String)]

    /// A program's own memory, in bytes: mostly shared pages of its code.
    static let processBytes = 20.0 * 1_048_576
    static let leastMemoryBytes = 256.0 * 1_048_576
    /// Bytes that the file of the disk load takes at most.
    static let fileBytes = 32 * 1_048_576

    /// - Parameters:
    ///   - cores: what all of them use at most together.
    ///   - memoryBytes: what all of them take at most together, their programs included.
    ///   - controllers: that the root of the v2 tree hands down.
    init(cores: Double, memoryBytes: Double, seed: UInt64, controllers: Set<String>, usesDisk: Bool) {
        var absent: [(what: String, why: String)] = []
        var workloads = [
            DemoWorkload(
                place: "web.service", what: "a web service: a day's wave", load: .cpu, shape: .wave,
                cores: 0.3 * cores),
            DemoWorkload(
                place: "nightly-batch.service", what: "a batch: a quarter of each day at full tilt",
                load: .cpu, shape: .batch, cores: 0.25 * cores),
            DemoWorkload(
                place: Self.podPlace(seed), what: "a container of a pod: bursts at random", load: .cpu,
                shape: .bursts, cores: 0.1 * cores),
            DemoWorkload(
                place: "docker-\(Self.identifier(seed &+ 1, 64)).scope",
                what: "a Docker container: steady", load: .cpu, shape: .steady, cores: 0.05 * cores),
            DemoWorkload(
                place: "frontend.service", what: "takes requests over loopback", load: .receive,
                shape: .wave, cores: min(1, 0.05 * cores)),
            DemoWorkload(
                place: "backend.service", what: "sends them: a day's wave", load: .send, shape: .wave,
                cores: min(1, 0.05 * cores)),
        ]
        if usesDisk {
            workloads.append(
                DemoWorkload(
                    place: "db.service", what: "a database: writes that wait for the disk", load: .disk,
                    shape: .wave, cores: min(1, 0.05 * cores)))
        } else {
            absent.append(("db.service", "--directory none"))
        }
        if controllers.contains("cpu") {
            workloads.append(
                DemoWorkload(
                    place: "capped.service", what: "wants twice its cpu.max: throttled", load: .cpu,
                    shape: .wave, cores: 0.13 * cores, limitCores: max(0.02, 0.065 * cores)))
        } else {
            absent.append(("capped.service", "the v2 tree's root hands down no cpu controller, so nothing can be throttled"))
        }
        let processes = workloads.reduce(2) { $0 + $1.processes }
        workloads.append(
            DemoWorkload(
                place: "cache.service", what: "a cache: memory grows through the day, then is dropped",
                load: .memory, shape: .growth, cores: min(1, 0.02 * cores),
                memoryBytes: max(0, memoryBytes - Double(processes) * Self.processBytes)))
        self.workloads = workloads
        self.absent = absent
    }

    /// As containerd's CRI plug-in and the kubelet's systemd driver name it.
    private static func podPlace(_ seed: UInt64) -> String {
        let digits = identifier(seed &+ 2, 32)
        var parts: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return "kubepods-burstable.slice/kubepods-burstable-pod\(parts.joined(separator: "_")).slice/"
            + "cri-containerd-\(identifier(seed &+ 3, 64)).scope"
    }

    /// Hexadecimal digits that look random and are the seed's.
    static func identifier(_ seed: UInt64, _ count: Int) -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<count).map { digits[Int(DemoShape.noise(UInt64($0), seed &+ 7) * 16)] })
    }
}
