internal import Aggregates
internal import Capacity
internal import Logging
internal import Probes

extension AgentLoop {
    /// Goes on with other plans, pools, hints, limits, provider and budget, between two ticks: probes, windows and
    /// forecasters stay, so no sample is lost. What is fixed for a run has to be in `new` as it was.
    func reload(_ new: AgentOptions) throws(AgentError) {
        let facts: HostFacts
        do throws(AgentError) {
            facts = try Self.hostFacts(new)
        } catch {
            return logger.error("the configuration was read again and is not used: \(error)")
        }
        let before = options
        let limited = new.limited(to: facts)
        guard new.engine.shapes.isEmpty || limited.hasFittingShape else {
            return logger.error("the configuration was read again and is not used: plan.shapes: none fits on this node; give a smaller one")
        }
        guard recorder == nil || RecordingFrame.reconfigured(limited.engine).isReadable else {
            return logger.error(
                "the configuration was read again and is not used: it is too large for the recording: \(RecordingFrame.limits)")
        }
        options = limited
        let isAskedAnew =
            options.provider != before.provider || options.plannedKeys != before.plannedKeys || options.limits != before.limits
        // The helper has one program at a time: the old one ends while it is still known there.
        if isAskedAnew, helper != nil { provider.close() }
        if let reason = helper?.reload() {
            logger.error("limits and the provider stay as they were: \(reason)")
            options.enforcement = before.enforcement
            options.provider = before.provider
        }
        let summary = engine.reconfigure(options.engine)
        recorder?.append(.reconfigured(options.engine))
        if let reason = summary.reason {
            logger.warning("\(summary.refused) series and plans start anew, \(summary.restored) go on: \(reason)")
        }
        if isAskedAnew {
            // What was granted is asked for again. A program that cannot be started must not end the agent.
            do throws(AgentError) {
                if helper == nil {
                    // Looked at first: there is one at a time here too, and what cannot be started leaves the one there is.
                    if let program = options.provider { _ = try LocalProgram(program) }
                    provider.close()
                }
                let made = try Self.makeProvider(options, facts, helper, logger)
                earlier.add(.provider, provider.failures)
                provider = made
                providerChanged(ofCgroups: false)
            } catch {
                logger.error("the provider stays as it was: \(error)")
                options.provider = before.provider
            }
        }
        if options.enforcement != before.enforcement || options.limits != before.limits {
            enforcement.close()
            earlier.add(.limit, enforcement.failures)
            earlier.add(.foreignLimit, enforcement.foreignChanges)
            enforcement = Enforcement(options, tree: profiler.tree, facts: facts, helper: helper, logger: logger)
            providerChanged(ofCgroups: true)
        }
        if options.rateFiles != before.rateFiles { rates = RateReaders(options.rateFiles, logger: logger) }
        if options.podFile != before.podFile {
            pods = options.podFile.map { PodReader(path: $0, logger: logger) }
            if pods == nil {
                recorder?.append(.pods([]))
                engine.name([])
            }
        }
        checkpointing?.setInterval(options.checkpointInterval, now: MonotonicClock.now())
        if options.budgetCores != before.budgetCores { budget() }
    }

    /// What the one before was asked, and refused, is nothing to the new one.
    private func providerChanged(ofCgroups: Bool) {
        recorder?.append(.providerChanged(ofCgroups: ofCgroups))
        engine.providerChanged(ofCgroups: ofCgroups)
    }

    /// Another overhead budget: probes that were taken off for the old one come back as room allows.
    private func budget() {
        guard let cores = options.budgetCores else {
            // Without a limit too what is off comes back by measurement: as with room for anything.
            if governor?.shedTiers.isEmpty == true { governor = nil } else { governor?.budgetCores = Self.unlimitedCores }
            return
        }
        if governor == nil { governor = OverheadGovernor(budgetCores: cores) } else { governor?.budgetCores = cores }
    }

    /// More than any host has.
    private static var unlimitedCores: Double { 1e9 }

    static func makeProvider(
        _ options: AgentOptions, _ facts: HostFacts, _ helper: RightsHelper?, _ logger: Logger
    ) throws(AgentError) -> any CapacityProvider {
        guard let program = options.provider else { return HostProvider(facts: facts) }
        // The helper looks by itself whether it can be started.
        let host: any ProgramHost = if let helper { helper } else { try LocalProgram(program) }
        return ProgramProvider(program, on: host, planned: options.plannedKeys, logger: logger)
    }
}

extension AgentOptions {
    /// What the provider is asked for.
    fileprivate var plannedKeys: [ProgramLedger.Key] {
        engine.plans.filter { $0.cgroup == nil }.map {
            ProgramLedger.Key(pool: engine.name(of: $0.scope), resource: $0.resource)
        }
    }
}
