internal import Connect
package import Logging

/// Rounds, the lease and checkpoints, until it is cancelled.
package struct FleetRunner: Sendable {
    private let planner: FleetPlanner
    private let elector: LeaseElector?
    private let interval: Duration
    private let logger: Logger

    private static let roundsACheckpoint = 40

    /// - Parameter elector: nil: the planner is the only one.
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
            group.addTask { await rounds(report) }
        }
        // What ends here must not be cancelled by what ended the rounds.
        await Task {
            await planner.abandon()
            await planner.save()
            await elector?.release()
        }.value
    }

    private func rounds(_ report: @Sendable (RoundReport) -> Void) async {
        var next = ContinuousClock.now
        var count = 0
        while !Task.isCancelled {
            let result = await planner.round()
            if Task.isCancelled { return }
            report(result)
            count += 1
            if count.isMultiple(of: Self.roundsACheckpoint) { await planner.save() }
            next = max(.now, next + interval)
            try? await Task.sleep(until: next, clock: .continuous)
        }
    }

    private func hold(_ elector: LeaseElector) async {
        var pause = Backoff(base: elector.times.pause, cap: elector.times.pause)
        var wasActing = false
        while !Task.isCancelled {
            await attempt(elector)
            let mayAct = await elector.mayAct
            if wasActing, !mayAct { await planner.abandon() }
            wasActing = mayAct
            // Between one and one and a half pauses.
            try? await Task.sleep(for: elector.times.pause + pause.next() / 2)
            pause.reset()
        }
    }

    /// An API server that does not answer must not keep us from noticing that time is up.
    private func attempt(_ elector: LeaseElector) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await elector.attempt() }
            group.addTask { try? await Task.sleep(for: elector.times.pause) }
            await group.next()
            group.cancelAll()
        }
    }
}
