internal import Aggregates
internal import Capacity
internal import Connect
internal import KubernetesAPI
internal import Logging

/// Keeps the chunks of one pool: all writes of its objects are made by its `run`, one after another.
actor PoolKeeper {
    nonisolated let pool: String
    nonisolated let objectName: String
    private let settings: ChunkSettings
    private let logger: Logger
    private let counts: CapacityCounts
    private let clock = ContinuousClock()
    private let changes = Wakeup()

    private var objects: (any ChunkObjects)?
    private var needs = PoolNeeds()
    private var window: ReleaseWindow
    /// Grows with every request.
    private var revision = 0
    /// Up to which the cluster has been told.
    private var applied = 0
    /// Up to which an attempt was made.
    private var attempted = 0
    private var failure: Failure?
    private var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
    private var wanted: Int?
    /// Chunks that were there when the cluster last said.
    private var lastProvided = 0
    private var changedAt: ContinuousClock.Instant?
    private var waiters: [Int: Wakeup] = [:]
    private var nextWaiter = 0
    /// What is being done about the objects now.
    private var stepping: Task<Duration, Never>?
    /// Times that it stood down: what was begun before that is over.
    private var standDowns = 0

    private struct Failure {
        var reason: String
        /// Trying again as it is cannot help.
        var isFinal: Bool
        var retryAt: ContinuousClock.Instant
    }

    init(pool: String, _ settings: ChunkSettings, counts: CapacityCounts, logger: Logger) {
        self.pool = pool
        objectName = settings.objectName(pool: pool)
        self.settings = settings
        self.counts = counts
        self.logger = logger
        window = ReleaseWindow(length: settings.window)
    }

    /// Something in the cluster has changed.
    nonisolated func wake() { changes.wake() }

    // MARK: - What is asked

    /// Returns when the cluster has settled the request, or at the deadline.
    func reserve(_ request: CapacityRequest, onPending: @Sendable () -> Void) async
        -> CapacityOutcome
    {
        // Called off before it began: taken now, it would outlive the standing down that called it off.
        guard !Task.isCancelled else { return .denied(reason: "another request took its place") }
        needs.take(request)
        revision += 1
        let mine = revision
        changes.wake()
        let need = PoolNeeds.chunks(request, of: settings.chunk)
        let waiter = addWaiter()
        defer { waiters[waiter.id] = nil }
        let deadline = clock.now.advanced(by: settings.deadline)
        var isTold = false
        while true {
            if Task.isCancelled { return .denied(reason: "another request took its place") }
            if applied >= mine, !isTold {
                isTold = true
                onPending()
            }
            if attempted >= mine, let failure, failure.isFinal {
                return .denied(reason: failure.reason)
            }
            let view = await view()
            if applied >= mine,
                let outcome = view.outcome(
                    request,
                    need: need,
                    of: settings.chunk,
                    ceiling: settings.maximumChunks
                )
            {
                return outcome
            }
            let left = clock.now.duration(to: deadline)
            guard left > .zero else {
                return view.late(request, of: settings.chunk, after: settings.deadline)
            }
            await waiter.wakeup.wait(upTo: left)
        }
    }

    /// What the pool has; nil when the cluster cannot be asked.
    /// - Parameter demand: what it uses; nil: as its last request said.
    func observe(_ resource: Resource, demand: Double?) async -> CapacityObservation? {
        let view = await view()
        if case .unknown = view.progress {
            guard needs.isEmpty, failure == nil, let demand, let objects else { return nil }
            return await found(objects, resource, demand)
        }
        // While the cluster works on a count, what it had of it before is there.
        if let provided = view.provided { lastProvided = provided }
        return needs.observe(
            resource,
            demand: demand,
            provided: min(lastProvided, wanted ?? lastProvided),
            of: settings.chunk,
            maximum: settings.maximumChunks
        )
    }

    /// What an earlier run, or another planner, has left: before anything was asked for here.
    private func found(
        _ objects: any ChunkObjects,
        _ resource: Resource,
        _ demand: Double
    ) async -> CapacityObservation? {
        do {
            guard let count = try await objects.replicas(objectName) else {
                return CapacityObservation(ready: demand, pending: 0, allocatable: nil)
            }
            let provided = await objects.view(objectName, wanted: count, isSettled: true).provided ?? 0
            let chunk = settings.chunk.amount(of: resource) ?? 0
            return CapacityObservation(
                ready: demand + Double(provided) * chunk,
                pending: Double(max(0, count - provided)) * chunk,
                allocatable: settings.maximumChunks.map { demand + Double($0) * chunk }
            )
        } catch {
            logger.warning("pool \(pool): \(error)")
            counts.add(.failed)
            return nil
        }
    }

    /// Leaves the objects as they are, and leaves them alone, until something is asked for again.
    func standDown() {
        needs = PoolNeeds()
        // A write that is under way, or waits to be tried again, is for what nobody asks for any more.
        standDowns += 1
        stepping?.cancel()
        revision += 1
        window = ReleaseWindow(length: settings.window)
        wanted = nil
        lastProvided = 0
        changedAt = nil
        failure = nil
        changes.wake()
        for waiter in waiters.values { waiter.wake() }
    }

    /// The cluster cannot be asked at all.
    func fails(_ reason: String) {
        failure = Failure(reason: reason, isFinal: false, retryAt: clock.now)
        for waiter in waiters.values { waiter.wake() }
    }

    private func view() async -> ChunkView {
        if let failure {
            return ChunkView(provided: nil, progress: .unknown(failure.reason))
        }
        guard let objects, let wanted else {
            return ChunkView(
                provided: nil,
                progress: .unknown("the cluster has not been asked yet")
            )
        }
        return await objects.view(objectName, wanted: wanted, isSettled: untilSettled == nil)
    }

    private func addWaiter() -> (id: Int, wakeup: Wakeup) {
        nextWaiter += 1
        let wakeup = Wakeup()
        waiters[nextWaiter] = wakeup
        return (nextWaiter, wakeup)
    }

    // MARK: - What is done

    /// Keeps the objects as they should be, until cancelled.
    func run(_ objects: any ChunkObjects) async {
        self.objects = objects
        failure = nil
        wanted = nil
        while !Task.isCancelled {
            let task = Task { await step(objects) }
            stepping = task
            let pause = await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            stepping = nil
            for waiter in waiters.values { waiter.wake() }
            await changes.wait(upTo: pause)
        }
    }

    /// - Returns: when to look again, if nothing changes before.
    private func step(_ objects: any ChunkObjects) async -> Duration {
        guard !needs.isEmpty else { return .seconds(3600) }
        if let failure, attempted == revision, failure.retryAt > clock.now {
            return clock.now.duration(to: failure.retryAt)
        }
        let target = revision
        let begun = standDowns
        do {
            if window.wanted == nil, let found = try await objects.replicas(objectName) {
                guard begun == standDowns else { return .zero }
                // What an earlier run kept is given up as slowly as what this one kept.
                _ = window.want(found, at: clock.now)
            }
            let chunks = needs.chunks(of: settings.chunk, maximum: settings.maximumChunks)
            let held = window.want(chunks, at: clock.now)
            let count = min(held, settings.maximumChunks ?? held)
            let result = try await objects.hold(objectName, replicas: count, why: needs.reason)
            guard begun == standDowns else { return .zero }
            if result.isChanged { changedAt = clock.now }
            wanted = count
            applied = target
            attempted = target
            backoff.reset()
            failure = nil
            let release = window.lowersAt.map { clock.now.duration(to: $0) }
            // The minute: a view may age without anything changing.
            return [result.again, release, untilSettled, .seconds(60)].compactMap { $0 }.min()
                ?? .seconds(60)
        } catch is NotActive {
            // Who notices that stands down, or asks again.
            return .seconds(1)
        } catch {
            guard !Task.isCancelled, begun == standDowns else { return .zero }
            attempted = target
            return fail(error)
        }
    }

    private func fail(_ error: any Error) -> Duration {
        counts.add(.failed)
        let isFinal =
            switch error {
            case is ForeignObject: true
            case let failure as APIFailure: failure.isFinal
            default: false
            }
        let asked = (error as? APIFailure)?.retryAfter ?? .zero
        let pause = backoff.next(atLeast: asked)
        failure = Failure(
            reason: "\(error)",
            isFinal: isFinal,
            retryAt: clock.now.advanced(by: pause)
        )
        logger.warning("pool \(pool): \(error); trying again in \(pause)")
        return pause
    }

    /// How long until conditions of before the last change count as answers; nil when they do.
    private var untilSettled: Duration? {
        guard let changedAt else { return nil }
        let left = clock.now.duration(to: changedAt.advanced(by: settings.settling))
        return left > .zero ? left : nil
    }
}

extension APIFailure {
    /// Whether asking again, without anyone changing the cluster or its rights, is in vain. A kind or
    /// an object that is not there is chosen or made again; a namespace is not.
    fileprivate var isFinal: Bool {
        if isNotFound { return message.contains("namespaces \"") }
        return !isRetriable && !isConflict
    }
}
