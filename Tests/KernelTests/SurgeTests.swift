import Agent
import Forecast
import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// What limits that are there before a surge are worth, on a real kernel.
    @Suite struct SurgeTests {
        /// Seconds of a phase before and in the surge.
        private static let calm = 210.0
        private static let busy = 45.0
        private static let lead = 60
        private static let node = (
            cores: Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))), bytes: 1.4e9
        )

        /// Takes eleven minutes of nothing beside it, so only when it is asked for.
        private static let canRun =
            unsafe getenv("HEADROOM_SURGE").map { unsafe String(cString: $0) } ?? "0" != "0" && Host.has("cpu") && Host.has("memory")

        /// An application that surges at the same minute of every hour (a morning, twenty-four
        /// times as fast), and one that does not, on a small node: first with Headroom, which has
        /// seen four days of it, then with limits that follow use.
        @Test(.enabled(if: canRun, "takes eleven minutes: HEADROOM_SURGE=1 scripts/test-vm 6.12"))
        func aSurgeThatComesEveryHourMeetsLimitsThatAreThere() throws {
            let scratch = try Scratch()
            let surging = try SurgingApplication("surging")
            let steady = try SurgingApplication("steady")
            try surging.startBase()
            usleep(5_000_000)
            let (calm, calmSpread) = try surging.uses(seconds: 12)
            try surging.startSurge()
            usleep(8_000_000)
            let (busy, busySpread) = try surging.uses(seconds: 6)
            surging.stop()

            let onset = (SurgingApplication.seconds() + 320).rounded()
            try learn(
                scratch,
                [
                    (surging.cgroup, (calm, calmSpread), (busy, busySpread), days: 4),
                    (steady.cgroup, (calm, calmSpread), (calm, calmSpread), days: 1),
                ], onset)
            let start = onset - Self.calm
            #expect(start > SurgingApplication.seconds(), "learning took too long")
            usleep(useconds_t(max(0, start - SurgingApplication.seconds()) * 1e6))
            try surging.startBase()
            try steady.startBase()
            let agent = try startAgent(scratch, [surging.cgroup, steady.cgroup])
            surging.begin()
            try phase(surging) { _ in }
            let ahead = surging.end()
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            #expect(try TextFile.read(surging.cgroup.directory + "/cpu.max") == "max 100000\n")
            surging.stop()

            let cores = ReactiveLimits.utilisation(
                base: calm.cores, calm: Self.calm, surge: busy.cores, busy: Self.busy,
                averaging: ahead.meanCores, most: Self.node.cores)
            let bytes = ReactiveLimits.utilisation(
                base: calm.bytes, calm: Self.calm, surge: busy.bytes, busy: Self.busy,
                averaging: ahead.meanBytes, most: Self.node.bytes)
            try surging.startBase()
            try set(surging, try surging.use(seconds: 1), cores, bytes)
            surging.begin()
            var last = (time: SurgingApplication.seconds(), use: try surging.cgroup.cpuUsageNanoseconds)
            try phase(surging) { now in
                guard now - last.time >= ReactiveLimits.period else { return }
                let use = try surging.cgroup.cpuUsageNanoseconds
                let mean = Double(use - last.use) / 1e9 / (now - last.time)
                last = (now, use)
                try set(
                    surging,
                    SurgingApplication.Use(
                        cores: mean, bytes: Double(surging.cgroup.number("memory.current") ?? 0)),
                    cores, bytes)
            }
            let behind = surging.end()
            surging.stop()
            steady.stop()

            print(
                """
                surge: \(calm.cores) -> \(busy.cores) cores, \(calm.bytes / 0x1p20) -> \(busy.bytes / 0x1p20) MiB
                surge: ahead   \(ahead)
                surge: behind  \(behind), use over limit \(cores) and \(bytes)
                """)
            #expect(behind.throttledSeconds > 2, "the surge did not meet a limit")
            #expect(behind.stalledSeconds > 0.5, "the surge did not meet a limit")
            #expect(ahead.throttledSeconds <= 0.2 * behind.throttledSeconds)
            #expect(ahead.stalledSeconds <= 0.2 * behind.stalledSeconds)
            // Not bought with higher limits.
            #expect(ahead.meanCores <= 1.1 * behind.meanCores)
            #expect(ahead.meanBytes <= 1.1 * behind.meanBytes)
        }

        private func phase(
            _ application: SurgingApplication, _ body: (_ now: Double) throws -> Void
        ) throws {
            let start = SurgingApplication.seconds()
            var isBusy = false
            var told = -5.0
            while true {
                let now = SurgingApplication.seconds()
                if now - start >= Self.calm + Self.busy { return }
                if !isBusy, now - start >= Self.calm {
                    isBusy = true
                    try application.startSurge()
                }
                try application.sample(nodeCores: Self.node.cores, nodeBytes: Self.node.bytes)
                if now - start >= told + 5 {
                    told = now - start
                    print("surge: \(Int(told)) s: \(application.state)")
                }
                try body(now)
                usleep(250_000)
            }
        }

        private func set(
            _ application: SurgingApplication, _ use: SurgingApplication.Use,
            _ cores: Double, _ bytes: Double
        ) throws {
            let quota = min(use.cores / cores, Self.node.cores)
            let high = min(use.bytes / bytes, Self.node.bytes)
            let directory = application.cgroup.directory
            try TestCgroup.write("\(max(1000, Int(quota * 1e5))) 100000", to: directory + "/cpu.max")
            try TestCgroup.write("\(Int(high) / 4096 * 4096)", to: directory + "/memory.high")
        }

        private func startAgent(
            _ scratch: Scratch, _ cgroups: [TestCgroup]
        ) throws -> ChildProcess {
            let settings = """
                forecast: {horizons: [\(Self.lead)s]}
                plan: {lead: \(Self.lead)s, cpu: {chunk: 0.05}, memory: {chunk: 1MiB}}
                enforce:
                  enabled: true
                  cgroups: [\(cgroups.map { "\"\($0.path)\"" }.joined(separator: ", "))]
                  warmup: 1m
                output: {log_level: info}
                """
            try Data(settings.utf8).write(to: URL(fileURLWithPath: scratch.path("settings.yaml")))
            return try scratch.start(["run", "--json", "--config", scratch.path("settings.yaml")])
        }

        private typealias Levels = (mean: SurgingApplication.Use, spread: SurgingApplication.Use)
        private typealias Learned = (
            cgroup: TestCgroup, calm: Levels, busy: Levels, days: Int
        )

        /// Leaves behind what an agent would that had seen these applications for days: two
        /// samples a minute, and ten minutes of surge each hour.
        private func learn(
            _ scratch: Scratch, _ applications: [Learned], _ onset: Double
        ) throws {
            let configuration = ForecastConfiguration(
                horizonsNanoseconds: [Int64(Self.lead) * 1_000_000_000],
                quantiles: [0.5, 0.9, 0.95, 0.99])
            var checkpoint = Checkpoint()
            let end = Int(onset - Self.calm)
            for application in applications {
                var status = stat()
                guard unsafe stat(application.cgroup.directory, &status) == 0 else { continue }
                for (name, figure) in [
                    ("cpu", \SurgingApplication.Use.cores), ("memory", \.bytes),
                ] {
                    var series = SeriesForecaster(configuration: configuration)
                    for time in stride(from: end - application.days * 86_400, to: end, by: 30) {
                        let sinceOnset = (time - Int(onset) + 3_600 * 200) % 3_600
                        let noise = Double((time &* 2_654_435_761) % 1000) / 1000 - 0.5
                        let level = sinceOnset < 600 ? application.busy : application.calm
                        series.observe(
                            Observation(
                                timeNanoseconds: Int64(time) * 1_000_000_000,
                                value: max(
                                    0,
                                    level.mean[keyPath: figure]
                                        + 4 * noise * level.spread[keyPath: figure]),
                                coverage: 1))
                    }
                    checkpoint.add(
                        series, key: "\(name) \(status.st_ino) \(application.cgroup.path)")
                }
            }
            let directory = scratch.path("state")
            guard unsafe mkdir(directory, 0o700) == 0 else { throw TestFailure("mkdir \(directory)") }
            try CheckpointFile(path: directory + "/forecasts").write(checkpoint.encoded())
        }
    }
}
