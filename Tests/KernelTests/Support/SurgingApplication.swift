import Glibc
import Probes

/// An application whose demand rises at once: its cgroup, its load, and what its limits did to it.
final class SurgingApplication {
    let cgroup: TestCgroup
    private var base: [ChildProcess] = []
    private var surge: [ChildProcess] = []
    private var limits: [(cores: Double, bytes: Double)] = []
    private var stops = (before: Stops(), after: Stops())

    struct Use {
        var cores = 0.0
        var bytes = 0.0
    }

    /// What a phase came to.
    struct Outcome {
        /// Seconds that its CPU limit stopped it, summed over CPUs.
        var throttledSeconds = 0.0
        /// Seconds in which tasks of it stalled for memory.
        var stalledSeconds = 0.0
        var meanCores = 0.0
        var meanBytes = 0.0
    }

    private struct Stops {
        var throttled = 0.0
        var stalled = 0.0
    }

    init(_ name: String) throws { cgroup = try TestCgroup(TestCgroup.uniqueName(name)) }

    /// A tenth of a CPU or so, evenly (waiting for a pipe forks nothing), and 40 MiB.
    func startBase() throws {
        base = [
            try ChildProcess(
                shell: """
                    coproc sleep 100000
                    while :; do
                      end=$((${EPOCHREALTIME/./} + 10000))
                      while ((${EPOCHREALTIME/./} < end)); do :; done
                      read -t 0.09 -u ${COPROC[0]}
                    done
                    """, in: cgroup),
            try hold(mebibytes: 40),
        ]
    }

    /// Memory that stays until it is stopped: `tail` keeps the end of what it reads.
    private func hold(mebibytes: Int) throws -> ChildProcess {
        let bytes = mebibytes << 20
        return try ChildProcess(
            shell: "{ head -c \(bytes) /dev/zero; sleep 1000; } | tail -c \(bytes) > /dev/null",
            in: cgroup)
    }

    /// A whole CPU, and 200 MiB that stay until it is stopped.
    func startSurge() throws {
        surge = [
            try ChildProcess(shell: "while :; do :; done", in: cgroup),
            try hold(mebibytes: 200),
        ]
    }

    func stop() {
        for child in surge + base { child.stop(SIGKILL) }
        (surge, base) = ([], [])
        // The members of the pipe are not our children.
        for _ in 0..<100 where !cgroup.processes.isEmpty {
            for pid in cgroup.processes { kill(pid, SIGKILL) }
            usleep(50_000)
        }
    }

    // MARK: Measuring

    /// Cores over so many seconds, and bytes at their end.
    func use(seconds: Double) throws -> Use {
        let before = try cgroup.cpuUsageNanoseconds
        let start = Self.seconds()
        usleep(useconds_t(seconds * 1e6))
        let used = Double(try cgroup.cpuUsageNanoseconds - before) / 1e9
        return Use(
            cores: used / (Self.seconds() - start),
            bytes: Double(cgroup.number("memory.current") ?? 0))
    }

    /// The mean of so many seconds, and how far each was off it.
    func uses(seconds: Int) throws -> (mean: Use, spread: Use) {
        let all = try (0..<seconds).map { _ in try use(seconds: 1) }
        func mean(_ value: (Use) -> Double) -> Double {
            all.reduce(0) { $0 + value($1) } / Double(seconds)
        }
        let average = Use(cores: mean(\.cores), bytes: mean(\.bytes))
        return (
            average,
            Use(
                cores: mean { ($0.cores - average.cores).magnitude },
                bytes: mean { ($0.bytes - average.bytes).magnitude })
        )
    }

    func begin() {
        limits = []
        stops.before = readStops()
    }

    /// Notes the limits of this moment.
    func sample(nodeCores: Double, nodeBytes: Double) throws {
        let quota = try TextFile.read(cgroup.directory + "/cpu.max").split(separator: " ")
        let cores = Double(quota[0]).map { $0 / 100_000 } ?? nodeCores
        let high = cgroup.number("memory.high").map { Double($0) } ?? nodeBytes
        limits.append((min(cores, nodeCores), min(high, nodeBytes)))
    }

    /// Where it stands, in one line.
    var state: String {
        let now = readStops()
        let limit = limits.last ?? (.nan, .nan)
        let memory = Double(cgroup.number("memory.current") ?? 0) / 0x1p20
        return
            "limits \(limit.cores) cores \(limit.bytes / 0x1p20) MiB, \(memory) MiB used, stopped \(now.throttled - stops.before.throttled) s, stalled \(now.stalled - stops.before.stalled) s"
    }

    func end() -> Outcome {
        stops.after = readStops()
        let count = Double(max(1, limits.count))
        return Outcome(
            throttledSeconds: stops.after.throttled - stops.before.throttled,
            stalledSeconds: stops.after.stalled - stops.before.stalled,
            meanCores: limits.reduce(0) { $0 + $1.cores } / count,
            meanBytes: limits.reduce(0) { $0 + $1.bytes } / count)
    }

    private func readStops() -> Stops {
        var stops = Stops()
        stops.throttled = Double(cgroup.number("throttled_usec", of: "cpu.stat") ?? 0) / 1e6
        // "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234"
        let pressure = (try? TextFile.read(cgroup.directory + "/memory.pressure")) ?? ""
        if let some = pressure.split(separator: "\n").first(where: { $0.hasPrefix("some ") }),
            let total = some.split(separator: "=").last.flatMap({ Double($0) })
        {
            stops.stalled = total / 1e6
        }
        return stops
    }

    /// CLOCK_REALTIME.
    static func seconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The usual rule: every `period` a limit becomes the use of the period over `utilisation`.
struct ReactiveLimits {
    /// Horizontal Pod Autoscaler's default, `--horizontal-pod-autoscaler-sync-period`.
    static let period = 15.0

    /// The utilisation at which limits average `wanted` when demand is `base` for `calm` seconds
    /// and then `surge` for `busy`, and a limit is at most `most`; never over 0.95.
    static func utilisation(
        base: Double, calm: Double, surge: Double, busy: Double, averaging wanted: Double,
        most: Double
    ) -> Double {
        var (low, high) = (0.02, 0.95)
        for _ in 0..<40 {
            let middle = (low + high) / 2
            var limit = min(most, base / middle)
            var sum = 0.0
            var time = 0.0
            while time < calm + busy {
                let demand = time < calm ? base : surge
                let length = min(period, calm + busy - time)
                sum += limit * length
                limit = min(most, min(demand, limit) / middle)
                time += length
            }
            if sum / (calm + busy) > wanted { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
