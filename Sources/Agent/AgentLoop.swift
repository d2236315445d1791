internal import Aggregates
internal import Capacity
internal import Confinement
internal import Glibc
internal import HeadroomABI
package import Logging
internal import Planner
internal import Probes

/// The agent: ticks the probes, feeds the engine, carries out its requests, feeds back.
///
/// One thread does everything. Owns the probes, the shared table and the recording; all of it
/// is gone when `run` returns, and the kernel frees it when the process dies.
package final class AgentLoop<Output: AgentOutput> {
    var options: AgentOptions
    let logger: Logger
    // The engine's table lies in the file's memory, so the file must go last.
    let file: TableFile
    /// Does what takes rights that the loop has given up; nil when it gives none up.
    let helper: RightsHelper?
    let profiler: Profiler
    var engine: Engine<Output>
    var provider: any CapacityProvider
    var enforcement: Enforcement
    var rates: RateReaders
    var pods: PodReader?
    var recorder: Recorder?
    var checkpointing: Checkpointing?
    private var meter: SelfMeter
    var governor: OverheadGovernor?
    /// Taken off by somebody else and not to be put back yet.
    private var lost: Set<ProbeTier> = []
    /// Put back since the last tick: their first window is not whole.
    private var justRestored: Set<ProbeTier> = []
    private var report = SelfReport()
    var earlier = EarlierLosses()
    /// Ticks since the last that was done.
    private var skipped: UInt64 = 0
    /// When a shortage was last said.
    private var lastShortage: Int64 = 0
    /// Tiers that somebody else took off, each time.
    private var detached: UInt64 = 0
    private var toldRefusals: UInt64 = 0
    /// What it has given up, as it is told to others.
    var security = SecurityReport()
    private var started: Int64 = 0

    /// Loads, attaches, records and runs until a signal, the duration's end, or the output's wish.
    /// - Parameter reread: at SIGHUP, the options as they are configured then; nil, when they cannot be
    ///   used: it has said why, and the agent goes on as it was.
    package static func run(
        options: AgentOptions, output: consuming Output, logger: Logger,
        reread: () -> AgentOptions?
    ) throws(AgentError) {
        guard geteuid() == 0 else { throw .needsRoot }
        // Before any thread is started: it changes the environment.
        var manager = ServiceManager()
        let stop = try StopSignal()
        // Ends last: it tidies up what the agent may not.
        var helper: RightsHelper?
        defer { helper?.finish() }
        try run(options, output, logger, stop, &manager, reread) { helper = $0 }
    }

    private static func run(
        _ options: AgentOptions, _ output: consuming Output, _ logger: Logger, _ stop: borrowing StopSignal,
        _ manager: inout ServiceManager, _ reread: () -> AgentOptions?, _ keep: (RightsHelper?) -> Void
    ) throws(AgentError) {
        let loop = try AgentLoop(options: options, output: output, logger: logger)
        keep(loop.helper)
        // Before threads are started: rights are a thread's.
        try loop.confine()
        defer { unsafe unlink(options.runtimeDirectory.securityPath) }
        try loop.engine.sink.opened(loop.file.reader(), in: options.runtimeDirectory)
        defer { loop.engine.sink.closing() }
        defer { loop.close() }
        defer { manager.stopping() }
        try loop.run(stop, &manager, reread)
    }

    private init(
        options: AgentOptions, output: consuming Output, logger: Logger
    ) throws(AgentError) {
        self.logger = logger
        let facts = try Self.hostFacts(options)
        self.options = options.limited(to: facts)
        if !options.engine.shapes.isEmpty, !self.options.hasFittingShape {
            throw AgentError(
                .hostLacks,
                "plan.shapes: none fits on this node (\(Quantity.text(facts.allocatable(.cpu) ?? .infinity, of: .cpu)), "
                    + "\(Quantity.text(facts.allocatable(.memory) ?? .infinity, of: .memory))); give a smaller one")
        }
        file = try TableFile(directory: options.runtimeDirectory, slots: options.engine.tableSlots)
        // What it could not start either is told by the agent.
        if let program = options.provider { _ = try LocalProgram(program) }
        helper = options.security.isConfined ? try RightsHelper() : nil
        profiler = try Self.makeProfiler(options)
        output.started(profiler.sources, facts)
        engine = Engine(configuration: self.options.engine, table: file.table(), sink: output)
        // What an earlier run left is put back before the helper may write.
        try Enforcement.recover(options.runtimeDirectory.limitsPath, profiler.tree, logger)
        try helper?.waitUntilReady()
        provider = try Self.makeProvider(self.options, facts, helper, logger)
        enforcement = Enforcement(options, tree: profiler.tree, facts: facts, helper: helper, logger: logger)
        if let path = options.recordingPath {
            recorder = try Recorder(path: path, configuration: self.options.engine)
        } else {
            recorder = nil
        }
        rates = RateReaders(options.rateFiles, logger: logger)
        pods = options.podFile.map { PodReader(path: $0, logger: logger) }
        if let directory = options.stateDirectory {
            checkpointing = Checkpointing(
                directory, interval: options.checkpointInterval, now: MonotonicClock.now(),
                logger: logger)
        }
        checkpointing?.restore(to: &engine, recorder: &recorder)
        let statistics = LocalStatistics()
        let counter = helper
        meter = SelfMeter(
            programs: profiler.programDescriptors, count: { counter?.count($0) ?? statistics.count($0) })
        governor = options.budgetCores.map(OverheadGovernor.init(budgetCores:))
        if !BPFStatistics.areAllowed {
            logger.warning(
                "the probes' own time is not measured: bpf_enable_stats takes CAP_SYS_ADMIN; overhead.budget_percent holds for the agent's process alone"
            )
        }
        Self.publish(profiler.mapIDs, profiler.programIDs, in: engine)
        for source in profiler.sources where !source.isAvailable {
            logger.warning("\(source.metric): no source: \(source.reason); \(source.advice)")
        }
    }

    static func hostFacts(_ options: AgentOptions) throws(AgentError) -> HostFacts {
        do throws(HostFactsError) {
            return try HostFactsReader.read(limits: options.limits)
        } catch {
            throw AgentError(.hostLacks, "\(error)")
        }
    }

    private static func makeProfiler(_ options: AgentOptions) throws(AgentError) -> Profiler {
        var configuration = options.profiler
        if options.engine.intervalNanoseconds > ProfilerConfiguration.longestBurstInterval {
            configuration.bursts = false
        }
        do throws(BPFError) {
            return try Profiler(configuration: configuration)
        } catch {
            throw AgentError(
                error.isPermission ? .permission : .hostLacks,
                "\(error)\n  `headroom doctor` says what this host offers")
        }
    }

    private func run(
        _ stop: borrowing StopSignal, _ manager: inout ServiceManager, _ reread: () -> AgentOptions?
    ) throws(AgentError) {
        started = MonotonicClock.now()
        guard try learnNames(), try walk(), try tick() else {
            throw AgentError(.hostLacks, "the host is short of descriptors or memory; the log says what failed")
        }
        manager.ready(status)
        let interval = Int64(options.engine.intervalNanoseconds)
        let end = options.durationNanoseconds.map { started + $0 }
        var next = started + interval
        while !stop.isReceived {
            if let helper, helper.isGone {
                throw AgentError(
                    .failed, "the helper that holds the rights has ended: limits and what else takes rights cannot go on")
            }
            let now = MonotonicClock.now()
            if stop.takeCheckpointWish() { checkpointing?.isWished = true }
            if stop.takeReloadWish() {
                manager.reloading()
                if let options = reread() { try reload(options) }
                manager.ready(status)
            }
            if now >= next {
                let late = UInt64((now - next) / interval)
                next += interval * Int64(late + 1)
                skipped += late
                if try walk(), try tick() {
                    skipped = 0
                } else {
                    skipped += 1
                }
                if !engine.sink.flush() { return }
            }
            if let end, MonotonicClock.now() >= end { break }
            manager.live(now: MonotonicClock.now(), status)
            let due = min(next, end ?? next) - MonotonicClock.now()
            let silence = manager.nanosecondsToNext(now: MonotonicClock.now())
            if !(try wait(stop, nanoseconds: max(0, min(due, silence)))) { break }
        }
        _ = engine.sink.flush()
    }

    /// For the service manager: one line.
    private var status: String {
        let shed = report.shedTiers.isEmpty ? "" : "; taken off to keep within the budget: \(report.shedTiers.joined(separator: ", "))"
        return "following \(engine.cgroupCount) cgroups\(shed)"
    }

    /// Told once for each that is new.
    private func refusedCalls() -> UInt64 {
        let (count, newest) = Confinement.refusedCalls
        if count > toldRefusals {
            toldRefusals = count
            logger.error("a system call that the agent is not to make was refused: number \(newest); \(count) so far")
            tellSecurity()
        }
        return count
    }

    private func close() {
        // Limits first: a slow disk must not keep them.
        enforcement.close()
        checkpointing?.close(engine)
        provider.close()
    }

    /// - Returns: false when the output wants to stop.
    private func wait(
        _ stop: borrowing StopSignal, nanoseconds: Int64
    ) throws(AgentError) -> Bool {
        let alarms = profiler.alarmDescriptors
        var descriptors = [pollfd(fd: profiler.ringDescriptor, events: Int16(POLLIN), revents: 0)]
        descriptors += alarms.map { pollfd(fd: $0, events: Int16(POLLPRI), revents: 0) }
        // A negative one is not waited for.
        descriptors.append(
            pollfd(fd: provider.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
        if let input = engine.sink.inputDescriptor {
            descriptors.append(pollfd(fd: input, events: Int16(POLLIN), revents: 0))
        }
        let ready = stop.wait(descriptors, nanoseconds: nanoseconds)
        for index in alarms.indices where ready[index + 1] {
            unsafe profiler.alarm(at: index) { unsafe take($0) }
        }
        if ready[0] { drain() }
        if ready[alarms.count + 1] { takeAnswers() }
        // Alarms do not wait for the tick.
        if ready.prefix(alarms.count + 2).contains(true), !engine.sink.flush() { return false }
        if ready.count > alarms.count + 2, ready[alarms.count + 2] { return engine.sink.input() }
        return true
    }

    /// - Returns: false when it could not be done now.
    private func walk() throws(AgentError) -> Bool {
        do throws(BPFError) {
            report.recordsDrained += try unsafe profiler.walk { unsafe take($0) }
        } catch {
            return try passes(error, "the sampler walk failed")
        }
        carryOutUrgent()
        return true
    }

    /// What the host is short of for a moment costs resolution: counters are cumulative, the next window is longer. The
    /// tick is counted as skipped. Anything else ends the agent.
    /// - Returns: false.
    private func passes(_ error: BPFError, _ what: String) throws(AgentError) -> Bool {
        guard error.isPassing else { throw AgentError(.failed, "\(what): \(error)") }
        let now = MonotonicClock.now()
        if lastShortage == 0 || now - lastShortage > 60_000_000_000 {
            logger.error("\(what): \(error); tried again at the next tick, counted as tick_skipped, said once a minute")
            lastShortage = now
        }
        return false
    }

    private func drain() {
        report.recordsDrained += unsafe profiler.drain { unsafe take($0) }
        carryOutUrgent()
    }

    private func take(_ record: UnsafeRawBufferPointer) {
        if recorder != nil { unsafe recorder?.append(.record(Array(record))) }
        unsafe engine.ingest(record)
    }

    /// - Returns: false when it could not be done now.
    private func tick() throws(AgentError) -> Bool {
        var input = TickInput()
        input.unixOffsetNanoseconds = MonotonicClock.unixOffset()
        do throws(BPFError) {
            input.rootCPUNanoseconds = try profiler.rootUsageNanoseconds()
            input.kernelLosses = try profiler.losses()
        } catch {
            return try passes(error, "no tick")
        }
        attachAgain()
        input.recursionMisses = meter.recursionMisses
        input.utcOffsetSeconds = Self.utcOffset()
        input.skippedTicks = skipped
        input.unobserved = unobserved
        justRestored = []
        let now = MonotonicClock.now() + input.unixOffsetNanoseconds
        enforcement.refresh(now: MonotonicClock.now())
        takeAnswers()
        input.rates = rates.read(now: now)
        if let news = pods?.read() {
            recorder?.append(.pods(news))
            engine.name(news)
        }
        input.failures = AgentFailure.allCases.map { failure in
            let present =
                switch failure {
                case .checkpoint: checkpointing?.failures ?? 0
                case .limit: enforcement.failures
                case .foreignLimit: enforcement.foreignChanges
                case .provider: provider.failures
                case .history: engine.sink.lostHistory
                case .probe: detached
                case .refusedCall: refusedCalls()
                }
            return earlier.total(failure, present)
        }
        input.observations = options.engine.plans.map { plan in
            guard let cgroup = plan.cgroup else {
                let pool = options.engine.name(of: plan.scope)
                return provider.observe(pool: pool, plan.resource, nowNanoseconds: now)
            }
            return enforcement.observation(of: cgroup, plan.resource)
        }
        recorder?.append(.tick(input))
        for request in engine.tick(input) { carryOut(request) }
        // Names that cannot be had now are looked up at the next tick.
        if !engine.unnamed.isEmpty { _ = try learnNames() }
        try recorder?.flush()
        checkpointing?.tick(
            engine, now: MonotonicClock.now(), unixOffset: input.unixOffsetNanoseconds)
        showSelf(unixOffset: input.unixOffsetNanoseconds)
        return true
    }

    /// Seconds that the host's local time is ahead of UTC, summer time included.
    private static func utcOffset() -> Int64 {
        var now = time(nil)
        var local = unsafe tm()
        return unsafe localtime_r(&now, &local) == nil ? 0 : Int64(local.tm_gmtoff)
    }

    /// Before the tick, whose requests are another round.
    private func carryOutUrgent() {
        for request in engine.takeUrgent() { carryOut(request) }
    }

    private func carryOut(_ request: CapacityRequest) {
        let (outcome, name) =
            enforcement.reserve(request) ?? (provider.reserve(request), provider.name)
        settle(request, outcome, provider: name)
    }

    private func settle(
        _ request: CapacityRequest, _ outcome: CapacityOutcome, provider name: String
    ) {
        recorder?.append(.outcome(requestID: request.id, provider: name, outcome))
        engine.settle(request, outcome, provider: name)
    }

    /// What a provider that answers later has said since.
    private func takeAnswers() {
        for answer in provider.takeAnswers() {
            settle(answer.request, answer.outcome, provider: provider.name)
        }
    }

    /// Tells the engine the paths of all cgroups there are.
    /// - Returns: false when it could not be done now.
    private func learnNames() throws(AgentError) -> Bool {
        do throws(BPFError) {
            try profiler.tree.scan { id, path in
                recorder?.append(.found(id: id, path: path))
                engine.found(id: id, path: path)
            }
            return true
        } catch {
            return try passes(error, "names of cgroups")
        }
    }

    private func showSelf(unixOffset: Int64) {
        report.ticks += 1
        report.timeNanoseconds = UInt64(max(0, MonotonicClock.now() + unixOffset))
        report.walkNanoseconds = engine.lastWalkDurationNanoseconds
        report.cgroups = engine.cgroupCount
        report.checkpointNanoseconds = checkpointing?.lastWritten
        report.checkpointFailures = checkpointing?.failures ?? 0
        let measured = meter.update(&report, isAlert: governor?.isAlert ?? false)
        if let measured { govern(measured) }
        report.shedTiers = governor?.shedTiers.map(\.name) ?? []
        engine.sink.selfReport(report)
        let current = report
        let budget = options.budgetCores ?? 0
        engine.updateHeader { header in
            header.self_cpu_ns = current.cpuNanoseconds
            header.self_rss_bytes = current.residentBytes
            header.probe_ns_per_s = UInt64(current.probeNanosecondsPerSecond ?? 0)
            header.budget_cores = budget
        }
        report.recordsDrained = 0
    }

    /// Sheds or restores what the governor says, and logs it with its figures.
    private func govern(_ measured: OverheadGovernor.Measurement) {
        guard let budget = governor?.budgetCores, let decision = governor?.decide(measured) else {
            return
        }
        func percent(_ cores: Double) -> String { Quantity.percentage(cores) }
        let bound = options.budgetCores == nil ? "there is no budget" : "the budget is \(percent(budget))"
        switch decision {
        case .shed(let tier, let total, let cost):
            profiler.shed(tier)
            logger.warning(
                "shed \(tier.name): Headroom uses \(percent(total)) of a core, \(bound); these probes take \(percent(cost))"
            )
        case .agentOverBudget(let cores):
            logger.warning(
                "Headroom uses \(percent(cores)) of a core without its probes, \(bound): a longer --interval or a larger --overhead-budget helps"
            )
        case .restore(let tier, let total, let expected):
            do throws(BPFError) {
                try profiler.restore(tier)
                justRestored.insert(tier)
                logger.warning(
                    "restored \(tier.name): Headroom uses \(percent(total)) of a core, \(percent(expected)) expected with it, \(bound)"
                )
            } catch {
                governor?.restoreFailed(tier)
                logger.error("could not restore \(tier.name): \(error)")
            }
        }
    }

    /// Puts back what another process has detached: the kernel tells nobody of it, and counters would stand still.
    private func attachAgain() {
        for tier in profiler.detachedTiers() {
            detached += 1
            profiler.shed(tier)
            do throws(BPFError) {
                try profiler.restore(tier)
                justRestored.insert(tier)
                logger.warning("somebody else detached a program of \(tier.name): attached again, this window is not whole")
            } catch {
                lost.insert(tier)
                logger.error(
                    "somebody else detached a program of \(tier.name), and it cannot be attached again: \(error); tried each window")
            }
        }
        for tier in lost {
            guard (try? profiler.restore(tier)) != nil else { continue }
            lost.remove(tier)
            justRestored.insert(tier)
            logger.warning("\(tier.name) is attached again")
        }
    }

    /// Flags of what the probes do not, or not wholly, measure now.
    private var unobserved: UInt32 {
        let missing = profiler.absentTiers.union(justRestored).union(lost).union(governor?.shedTiers ?? [])
        return missing.reduce(0) { flags, tier in
            switch tier {
            case .runQueueDelay: flags | HR_WINDOW_NO_DELAY.rawValue
            case .network: flags | HR_WINDOW_NO_NETWORK.rawValue
            case .disk: flags | HR_WINDOW_NO_DISK.rawValue
            }
        }
    }

    private static func publish(
        _ maps: [(name: String, id: UInt32)], _ programs: [(name: String, id: UInt32)],
        in engine: borrowing Engine<Output>
    ) {
        let now = UInt64(max(0, MonotonicClock.now() + MonotonicClock.unixOffset()))
        engine.updateHeader { header in
            header.agent_pid = UInt64(getpid())
            header.started_ns = now
            header.map_count = UInt32(min(maps.count, Int(HR_TABLE_MAPS)))
            header.program_count = UInt32(min(programs.count, Int(HR_TABLE_PROGRAMS)))
            unsafe withUnsafeMutableBytes(of: &header.maps) { unsafe write(maps, to: $0) }
            unsafe withUnsafeMutableBytes(of: &header.programs) { unsafe write(programs, to: $0) }
        }
    }

    private static func write(
        _ objects: [(name: String, id: UInt32)], to raw: UnsafeMutableRawBufferPointer
    ) {
        let target = unsafe raw.bindMemory(to: hr_table_object.self)
        for (index, object) in objects.prefix(target.count).enumerated() {
            var entry = hr_table_object()
            entry.id = object.id
            TableText.write(object.name, to: &entry.name)
            unsafe target[index] = entry
        }
    }
}
