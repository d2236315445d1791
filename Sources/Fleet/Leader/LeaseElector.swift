internal import Connect
internal import KubernetesAPI
package import Logging

/// One active of several, by a `coordination.k8s.io` Lease, as client-go elects: a holder renews, the
/// others wait until they have not seen the lease change for its whole duration.
///
/// No clock is compared with another's: times in the lease are for people; what counts is how long
/// ago, by our own monotonic clock, it was seen to change.
package actor LeaseElector: Leadership {
    package nonisolated let identity: String
    package nonisolated let times: LeaseTimes
    private let store: any LeaseStore
    private let monotonic: @Sendable () -> Duration
    private let wall: @Sendable () -> String
    private let logger: Logger
    /// As it was last read or written.
    private var lease: Lease?
    /// When `lease` was seen to be another than before.
    private var changedAt = Duration.zero
    /// Begin of the last renewal that worked; nil: it is not ours.
    private var renewedAt: Duration?
    package nonisolated let counts = LeaseCounts()

    /// - Parameters:
    ///   - identity: no two processes may have the same, not even one after a restart.
    ///   - store: where the lease is.
    ///   - times: how long it holds, and how often it is renewed.
    ///   - monotonic: of any origin; must go on while the machine sleeps.
    ///   - wall: RFC 3339 with microseconds.
    ///   - logger: is told of each change.
    package init(
        identity: String, store: any LeaseStore, times: LeaseTimes = LeaseTimes(),
        monotonic: @escaping @Sendable () -> Duration, wall: @escaping @Sendable () -> String,
        logger: Logger
    ) {
        self.identity = identity
        self.store = store
        self.times = times
        self.monotonic = monotonic
        self.wall = wall
        self.logger = logger
    }

    package var mayAct: Bool {
        guard let renewedAt else { return false }
        return monotonic() - renewedAt < times.actLimit
    }

    /// Who has it, as last seen; nil: nobody.
    package var holder: String? {
        lease?.spec.holderIdentity.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Takes the lease where it is free, renews it where it is ours. A server that does not answer within `times.pause` is
    /// a failure like any other: it must not keep us from noticing, and saying, that time is up.
    package func attempt() async {
        let begin = monotonic()
        do {
            try await withTimeLimit(times.pause) { try await self.acquireOrRenew(begin) }
        } catch is CancellationError {
            return
        } catch {
            counts.add("failed")
            let failure = error as? APIFailure
            if failure?.isConflict == true || failure?.isNotFound == true {
                // Another was faster, or someone deleted it: what is there now is read anew, and
                // until then it is not ours.
                if renewedAt != nil { counts.add("lost") }
                lease = nil
                renewedAt = nil
            } else {
                logger.warning("the lease could not be \(renewedAt == nil ? "looked at" : "renewed"): \(error)")
            }
        }
        if let renewedAt, monotonic() - renewedAt >= times.duration {
            counts.add("lost")
            self.renewedAt = nil
            logger.error("the lease could not be renewed in \(times.duration): another may plan now")
        }
    }

    private func acquireOrRenew(_ begin: Duration) async throws {
        if renewedAt != nil, let mine = lease, mine.spec.holderIdentity == identity {
            // As long as nobody changed it, what was written last is what is there.
            let renewed = try await store.replace(ours(mine, acquire: mine.spec.acquireTime, transitions: mine.spec.leaseTransitions))
            return won(renewed, begin)
        }
        guard let found = try await store.read() else {
            if let known = lease, let holder, holder != identity, monotonic() - changedAt < duration(known) {
                // Someone deleted it: who had it goes on until it notices.
                return
            }
            let spec = Lease.Spec(
                holderIdentity: identity, leaseDurationSeconds: seconds, acquireTime: wall(),
                renewTime: wall(), leaseTransitions: 0)
            return won(try await store.create(Lease(metadata: .init(name: ""), spec: spec)), begin)
        }
        let isNews = found.spec != lease?.spec || found.metadata.resourceVersion != lease?.metadata.resourceVersion
        if isNews || lease == nil {
            lease = found
            changedAt = monotonic()
        }
        let holder = found.spec.holderIdentity ?? ""
        let isFree = holder.isEmpty || monotonic() - changedAt >= duration(found)
        guard holder == identity || isFree else {
            if renewedAt != nil {
                counts.add("lost")
                renewedAt = nil
                logger.error("\(holder) has taken the lease")
            }
            return
        }
        let transitions = (found.spec.leaseTransitions ?? 0) + (holder == identity || holder.isEmpty ? 0 : 1)
        let acquire = holder == identity ? found.spec.acquireTime : wall()
        won(try await store.replace(ours(found, acquire: acquire, transitions: transitions)), begin)
    }

    /// As the holder says, but not less than ours: another version may think in other times.
    private func duration(_ lease: Lease) -> Duration {
        max(times.duration, .seconds(lease.spec.leaseDurationSeconds ?? 0))
    }

    private var seconds: Int { Int(times.duration.components.seconds) }

    private func ours(_ lease: Lease, acquire: String?, transitions: Int?) -> Lease {
        var lease = lease
        lease.spec = Lease.Spec(
            holderIdentity: identity, leaseDurationSeconds: seconds, acquireTime: acquire,
            renewTime: wall(), leaseTransitions: transitions)
        return lease
    }

    private func won(_ written: Lease, _ begin: Duration) {
        if renewedAt == nil { logger.notice("this planner (\(identity)) is the active one") }
        lease = written
        changedAt = monotonic()
        renewedAt = begin
    }

    /// Gives the lease back, so that another need not wait; on an orderly stop.
    package func release() async {
        guard renewedAt != nil, let mine = lease, mine.spec.holderIdentity == identity else { return }
        renewedAt = nil
        var free = mine
        free.spec = Lease.Spec(
            holderIdentity: "", leaseDurationSeconds: 1, acquireTime: wall(), renewTime: wall(),
            leaseTransitions: mine.spec.leaseTransitions)
        do {
            lease = try await store.replace(free)
        } catch {
            logger.warning("the lease could not be given back, another waits for \(times.duration): \(error)")
        }
    }
}
