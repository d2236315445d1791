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
            await within(Self.lastSave) { await planner.save() }
            await elector?.release()
        }.value
    }

    /// Calls `body` off after `limit`: a cluster that does not answer must not keep us.
    private func within(_ limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await body() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
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
        await within(elector.times.pause) { await elector.attempt() }
    }
}
