import Foundation
import Glibc
import TestSupport
import Testing

/// One life story of an agent: a load that never ends, faults in a seeded random order, and after each of them a moment in
/// which the load stands still and the agent's totals are compared with the kernel's.
final class HostileStory: @unchecked Sendable {
    /// A reading of the kernel's account, some times a second.
    private struct Reading {
        let began: Moment
        let ended: Moment
        let amounts: Amounts
    }

    /// The moment of a comparison.
    private struct Quiet {
        let life: Int
        let kernel: Amounts
        let told: Amounts
        let lives: Int
    }

    let scratch: Scratch
    let root: TestCgroup
    let load: HostileLoad
    let agent: HostileAgent
    let port: Int
    let interval: Double
    /// Where the agent keeps what it learns: a file system of its own, which can be full and read-only.
    let state: String
    var random: SeededGenerator
    let began = Moment.now.monotonic
    var journal = HostileJournal()
    /// Sent while the packets' programs were off.
    var sentUnseen = 0

    private var readings: [Reading] = []
    private let lock = NSLock()
    private var sampler: Thread?
    /// When the fault under way began, and whether was said that it takes long.
    private var faultBegan = Moment.now.monotonic
    private var isLong = false
    private var isSampling = true
    private var last: Quiet?

    static let maxCgroups = Host.scale > 1 ? 512 : 256

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        scratch = try Scratch()
        root = try TestCgroup(TestCgroup.uniqueName("hostile"))
        load = try HostileLoad(scratch, in: root)
        port = KernelSuite.TelemetryProcessTests.port()
        interval = Host.scale > 1 ? 1 : 0.5
        state = scratch.path("state")
        agent = try HostileAgent(scratch, in: root, load: load, settings: scratch.path("settings.yaml"))
        guard unsafe mkdir(state, 0o700) == 0, unsafe mount("none", state, "tmpfs", 0, "size=24m") == 0 else {
            throw TestFailure("no tmpfs for the state: errno \(errno)")
        }
        unsafe chmod(scratch.directory, 0o755)
        try Data(Self.provider(scratch).utf8).write(to: URL(fileURLWithPath: scratch.path("provider")))
        try mode("good")
        let settings = """
            sampling: {interval: \(Int(interval * 1000))ms, max_cgroups: \(Self.maxCgroups), ring_size: 64KiB}
            forecast: {horizons: [2s, 10s]}
            plan: {lead: 2s, resources: [cpu], cpu: {chunk: 0.05}}
            provider: {user: "65534", timeout: \(Host.scale > 1 ? 6 : 2)s, command: [/bin/bash, \(scratch.path("provider"))]}
            overhead: {budget_percent: 0}
            telemetry: {listen: "127.0.0.1:\(port)"}
            state: {interval: \(Host.scale > 1 ? 10 : 3)s}
            history: {size: 16MiB}
            output: {log_level: info}
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: scratch.path("settings.yaml")))
        for name in ["settings.yaml", "provider"] { unsafe chmod(scratch.path(name), 0o644) }
        let thread = Thread { [weak self] in
            while let self, self.lock.withLock({ self.isSampling }) { self.sample() }
        }
        thread.start()
        sampler = thread
    }

    /// Grants what is asked for, hangs for ever, or talks nonsense, as a file says.
    private static func provider(_ scratch: Scratch) -> String {
        """
        mode() { read -r mode <'\(scratch.path("mode"))'; }
        mode
        capacity='{"type":"capacity","pool":"node","resource":"cpu","ready":0,"allocatable":512}'
        if [ "$mode" = hang ]; then echo "$capacity"; exec sleep 1000000; fi
        while [ "$mode" = nonsense ]; do
            echo hello; echo '{"type":"outcome","id":18446744073709551615,"outcome":"granted"}'; echo '{"type":"capacity","pool":7}'
            printf '\\377\\376\\0{}\\n'; echo '{"type":"outcome","id":1,"outcome":"granted","amount":-1e999}'; echo '[[[['
            printf '%070000d\\n' 7; sleep 1; mode
        done
        echo "$capacity"
        while read -r line; do
            mode; [ "$mode" = good ] || exit 3
            id=${line#*'"id":'}; id=${id%%,*}
            echo "{\\"type\\":\\"outcome\\",\\"id\\":$id,\\"outcome\\":\\"granted\\"}"
        done
        """
    }

    func mode(_ name: String) throws {
        try Data((name + "\n").utf8).write(to: URL(fileURLWithPath: scratch.path("mode")))
        unsafe chmod(scratch.path("mode"), 0o644)
    }

    var seconds: Double { Moment.now.monotonic - began }

    private func sample() {
        // The load may be gone at the end.
        let began = Moment.now
        if let amounts = try? load.amounts() {
            let reading = Reading(began: began, ended: .now, amounts: amounts)
            lock.withLock { readings.append(reading) }
        }
        watch()
        usleep(Host.scale > 1 ? 400_000 : 50_000)
    }

    func begin(_ fault: HostileFault) {
        journal.begin(fault)
        say("\(journal.order.count) at \(Int(seconds)) s: \(fault) ...")
        lock.withLock { (faultBegan, isLong) = (Moment.now.monotonic, false) }
    }

    /// What everybody waits for in a fault that does not come to its end.
    private func watch() {
        let isDue = lock.withLock {
            defer { if Moment.now.monotonic - faultBegan > 150 { isLong = true } }
            return Moment.now.monotonic - faultBegan > 150 && !isLong
        }
        guard isDue else { return }
        say("it takes longer than 150 s")
        for pid in agent.cgroup.processes + [getpid()] {
            for task in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? [] {
                let stack = (try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/stack", encoding: .utf8)) ?? ""
                say("\(HostileAgent.command(pid).prefix(60)) \(task): \(stack.split(separator: "\n").prefix(5).joined(separator: "; "))")
            }
        }
    }

    // MARK: - Waiting

    /// An emulated machine on a busy host has a tenth of a CPU.
    private static let patience = Host.scale > 1 ? 12 : 1

    /// Waits for it, so many seconds at most on a real machine.
    @discardableResult
    func soon(
        _ what: String, seconds: Int = 20, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
    ) throws -> Bool {
        if try comesTrue(within: seconds * Self.patience, condition) { return true }
        fail("not within \(seconds * Self.patience) s: \(what)", sourceLocation: sourceLocation)
        return false
    }

    func fail(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
        journal.failures += 1
        say("FAILED in \(journal.current): \(what)")
        Issue.record(
            "\(journal.current), \(Int(seconds)) s, life \(agent.number): \(what): \(agent.errors.suffix(1_500))",
            sourceLocation: sourceLocation)
    }

    func say(_ line: String) {
        FileHandle.standardOutput.write(Data("hostile: \(line)\n".utf8))
    }

    func pause(_ range: ClosedRange<Double>) {
        usleep(UInt32(Double.random(in: range, using: &random) * 1e6))
    }

    /// How often a cause was counted in this life.
    func loss(_ cause: String) -> Int { agent.now.losses[cause] ?? 0 }

    /// Waits until a cause was counted oftener than before, and notes how much.
    func counted(_ cause: String, beyond before: Int, by least: Int = 1, seconds: Int = 20) throws {
        if try soon("a count of \(cause)", seconds: seconds, { loss(cause) >= before + least }) {
            journal.count(cause, loss(cause) - before)
        }
    }

    // MARK: - Lives

    func start(binary: String = Host.command) throws { try agent.start(binary: binary) }

    /// A life is one when its first tick is told.
    func ready() throws {
        try soon("the first tick of life \(agent.number)", seconds: 40) { agent.now.ticks > 0 || !agent.isAlive }
        if !agent.isAlive { fail("it ended while it started") }
    }

    func end(_ signal: Int32?, expecting code: Int32) {
        let got = agent.end(signal)
        if got != code { fail("it ended with \(got), not \(code)") }
        check(agent.past[agent.past.count - 1])
    }

    /// Windows follow one another, ticks told and skipped are the time that passed, and nothing went back.
    private func check(_ life: HostileAgent.Life) {
        let root = life.account.spans[0]
        for line in life.account.badLines { fail("no line of the agent's: \(line)") }
        if let back = life.account.losses["counter_back"] { fail("\(back) counters went back") }
        guard root.windows > 1 else { return }
        journal.ticks += root.windows
        journal.skipped += life.account.losses["tick_skipped"] ?? 0
        journal.due += root.seconds - root.firstSeconds
        let missing = life.account.missingTicks(interval: interval, since: life.started.unix)
        if abs(missing) > 1.5 { fail("life \(life.number): \(missing) ticks were neither told nor skipped") }
        journal.missingTicks = max(journal.missingTicks, abs(missing))
    }

    // MARK: - Comparison

    /// The load stands still until the agent has told a window of the standstill: then its totals are the kernel's, exactly, or
    /// short of them by what passed between its lives.
    func compare() throws {
        guard agent.isAlive else { return fail("it is not running") }
        try load.freeze()
        defer { try? load.thaw() }
        let still = Moment.now.unix
        let kernel = try load.amounts()
        let ticks = agent.now.ticks
        try soon("two ticks of the standstill", seconds: 60) {
            let now = agent.now
            return now.closed > still + 0.01 && now.ticks >= ticks + 2 || !agent.isAlive
        }
        let after = try load.amounts()
        for measure in Measure.allCases where measure != .written && kernel[measure] != after[measure] {
            fail("the load did not stand still: \(measure) \(kernel[measure]) to \(after[measure])")
        }
        let quiet = Quiet(life: agent.number, kernel: after, told: agent.told, lives: agent.past.count)
        if let last { judge(last, quiet) } else { journal.begin(at: quiet.kernel, told: quiet.told) }
        journal.end(at: quiet.kernel, told: quiet.told)
        journal.resident.append(agent.residentBytes)
        journal.descriptors.append(agent.descriptors)
        last = quiet
        // What passes from now on begins within the standstill.
        lock.withLock { readings.removeFirst(max(0, readings.count - 10)) }
    }

    private func judge(_ last: Quiet, _ quiet: Quiet) {
        let untold = (quiet.kernel - last.kernel) - (quiet.told - last.told)
        let unseen = sentUnseen
        sentUnseen = 0
        guard quiet.life != last.life else {
            for measure in Measure.allCases {
                // A reading of CPU time is of whole microseconds.
                let most = measure.isCPU ? 3_000 : measure == .written ? HostileJournal.lateWrites : 0
                let off = untold[measure]
                let isGood = measure == .sent ? off >= 0 && off <= unseen : abs(off) <= most
                if !isGood { fail("\(measure): the kernel has \(off) more than was told, in one life") }
                if measure != .sent || unseen == 0 { journal.worst[measure] = max(journal.worst[measure], abs(off)) }
            }
            if unseen > 0 { journal.detachedBytes += untold[.sent] }
            return
        }
        // Between its lives nobody counts: what passed from the last window of one to the first of the next.
        var lives = agent.past[(last.lives)...].map { $0 }
        lives.append(HostileAgent.Life(number: agent.number, started: agent.started, account: agent.now))
        lives.removeAll { $0.account.spans[1...].contains { $0.windows == 0 } }
        let readings = lock.withLock { self.readings }
        journal.gaps += lives.count - 1
        for measure in Measure.allCases {
            let index = measure == .cpuOfAll ? 1 : measure == .cpuOfBusy ? 2 : measure == .cpuOfDisk || measure == .written ? 4 : 3
            var least = 0
            var most = 0
            for (one, next) in zip(lives, lives.dropFirst()) {
                guard let end = one.account.spans[index].last, let begin = next.account.spans[index].first else { continue }
                func before(_ time: Double) -> Int { (readings.last { $0.ended.unix <= time } ?? readings[0]).amounts[measure] }
                func after(_ time: Double) -> Int {
                    (readings.first { $0.began.unix >= time } ?? readings[readings.count - 1]).amounts[measure]
                }
                // A window's end is when its walk began; its counters were read within that walk.
                least += max(0, before(begin) - after(end + one.account.longestWalk / 1e9))
                most += after(begin + next.account.longestWalk / 1e9) - before(end)
            }
            // The receiver counts a little later than the sender; writes under way are not counted twice, nor at all.
            let slack = (measure.isCPU ? 3_000 : measure == .sent ? 60_000 : HostileJournal.lateWrites) * (lives.count - 1)
            journal.untold[measure] += untold[measure]
            journal.bounds[measure] += most - least + 2 * slack
            if untold[measure] < least - slack || untold[measure] > most + slack {
                fail("\(measure): \(untold[measure]) between \(lives.count) lives; \(least) to \(most) passed between their windows")
            }
        }
    }

    /// Ends all that it made.
    func close() {
        if agent.isAlive { agent.end(SIGKILL) }
        lock.withLock { isSampling = false }
        while sampler?.isFinished == false { usleep(10_000) }
        try? load.thaw()
        load.end()
        agent.cgroup.remove()
        root.remove()
        while unsafe umount2(state, CInt(MNT_DETACH)) == 0 {}
    }
}
