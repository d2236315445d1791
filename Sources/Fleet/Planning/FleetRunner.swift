internal import Connect
package import Logging

/// Rounds, the lease and checkpoints, until it is cancelled.
package struct FleetRunner: Sendable {
    private let planner: FleetPlanner
    private let elector: LeaseElector?
    private let interval: Duration
    private let logger: Logger

    private static let roundsACheckpoint = 40
    /// A pod has half a minute to end.
    private static let lastSave = Duration.seconds(10)

    /// Without an `elector` the planner is the only one.
    package init(planner: FleetPlanner, elector: LeaseElector?, interval: Duration, logger: Logger) {
        self.planner = planner
        self.elector = elector
        self.interval = interval
        self.logger = logger
    }

    /// Returns after cancellation, with nothing under way, the checkpoint written and the lease given
    /// back.
    package func run(_ report: @escaping @Sendable (RoundReport) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            if let elector { group.addTask { await hold(elector) } }
            group.addTask { await planner.follow() }
            group.addTask { await rounds(report) }
        }
        // What ends here must not be cancelled by what ended the rounds.
        await Task {
            await planner.abandon()
            try? await withTimeLimit(Self.lastSave) { await planner.save() }
            await elector?.release()
        }.value
    }

    // MARK: Once

    /// What a planner that is started for one round came to.
    package enum Single: Sendable {
        case planned(RoundReport)
        /// Another has the lease, or it went before the round and what it asked for had ended.
        case notActive(RoundReport)
        /// It was cancelled before that.
        case stopped
    }

    /// One round, what it asked for awaited, the lease held from before it until what was learned is kept.
    ///
    /// A lease whose holder has died is waited out: who is started anew each time has never seen it before, so only
    /// a wait tells that nobody renews it.
    /// - Parameter load: reads what `follow` would have followed.
    package func once(_ load: @escaping @Sendable () async -> Void = {}) async -> Single {
        let outcome = await withTaskGroup(of: Single?.self) { group -> Single in
            if let elector {
                group.addTask {
                    await hold(elector)
                    return nil
                }
            }
            group.addTask { await single(load) }
            defer { group.cancelAll() }
            for await case let outcome? in group { return outcome }
            return .stopped
        }
        // What ends here must not be cancelled by what ended the round.
        return await Task {
            if case .stopped = outcome {
                await planner.abandon()
                try? await withTimeLimit(Self.lastSave) { await planner.save() }
            }
            await elector?.release()
            return outcome
        }.value
    }

    private func single(_ load: @Sendable () async -> Void) async -> Single {
        if let elector { await waitToLead(elector) }
        await load()
        let begun = await planner.round()
        // What was asked for are tasks of the planner's own, which our cancellation does not reach.
        let report = await withTaskCancellationHandler {
            await planner.finish(begun.adding(answers: await planner.finish()))
        } onCancel: {
            Task { await planner.abandon() }
        }
        if Task.isCancelled { return .stopped }
        await planner.save()
        if Task.isCancelled { return .stopped }
        let isStillOurs = await elector?.mayAct ?? true
        return report.isActive && isStillOurs ? .planned(report) : .notActive(report)
    }

    private func waitToLead(_ elector: LeaseElector) async {
        let limit = ContinuousClock.now + elector.times.longestWait
        var isTold = false
        while !Task.isCancelled, .now < limit, await !elector.mayAct {
            if !isTold, let holder = await elector.holder {
                isTold = true
                logger.notice("\(holder) has the lease: waiting up to \(elector.times.longestWait) for it")
            }
            try? await Task.sleep(for: elector.times.pause / 40)
        }
    }

    private func rounds(_ report: @Sendable (RoundReport) -> Void) async {
        var next = ContinuousClock.now
        var count = 0
        // A cluster that is slow to take it must not keep the rounds.
        var saving: Task<Void, Never>?
        while !Task.isCancelled {
            let result = await planner.round()
            if Task.isCancelled { break }
            report(result)
            count += 1
            if count.isMultiple(of: Self.roundsACheckpoint) { saving = Task { await planner.save() } }
            next = max(.now, next + interval)
            try? await Task.sleep(until: next, clock: .continuous)
        }
        saving?.cancel()
        await saving?.value
    }

    // MARK: The lease

    private func hold(_ elector: LeaseElector) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await renew(elector) }
            // Not in the same loop: an attempt and a pause may take longer than the margin in which what is under way has to be
            // called off.
            group.addTask { await callOff(with: elector) }
        }
    }

    private func renew(_ elector: LeaseElector) async {
        var pause = Backoff(base: elector.times.pause, cap: elector.times.pause)
        while !Task.isCancelled {
            await elector.attempt()
            // Between one and one and a half pauses.
            try? await Task.sleep(for: elector.times.pause + pause.next() / 2)
            pause.reset()
        }
    }

    private func callOff(with elector: LeaseElector) async {
        var wasActing = false
        while !Task.isCancelled {
            let mayAct = await elector.mayAct
            if wasActing, !mayAct { await planner.abandon() }
            wasActing = mayAct
            try? await Task.sleep(for: elector.times.pause / 8)
        }
    }
}
