import Fleet
import KubernetesAPI
import Logging
import Synchronization
import Testing

/// A lease with resourceVersions, as an API server keeps it.
final class MemoryLeases: LeaseStore {
    struct State: Sendable {
        var lease: Lease?
        var version = 0
        var isDown = false
        /// Nothing comes back, as where packets are dropped.
        var isSilent = false
    }

    let state = Mutex(State())

    private func failure(_ status: Int?) -> APIFailure {
        APIFailure(request: .init(verb: "update", kind: Lease.kind), status: status, message: "as the test says")
    }

    private func wait() async throws {
        if state.withLock({ $0.isSilent }) { try await Task.sleep(for: .seconds(3_600)) }
    }

    func read() async throws -> Lease? {
        try await wait()
        return try state.withLock { state in
            if state.isDown { throw failure(nil) }
            return state.lease
        }
    }

    func create(_ lease: Lease) async throws -> Lease {
        try state.withLock { state in
            if state.isDown { throw failure(nil) }
            if state.lease != nil { throw failure(409) }
            return write(lease, &state)
        }
    }

    func replace(_ lease: Lease) async throws -> Lease {
        try await wait()
        return try state.withLock { state in
            if state.isDown { throw failure(nil) }
            guard let there = state.lease else { throw failure(404) }
            guard there.metadata.resourceVersion == lease.metadata.resourceVersion else { throw failure(409) }
            return write(lease, &state)
        }
    }

    private func write(_ lease: Lease, _ state: inout State) -> Lease {
        state.version += 1
        var written = lease
        written.metadata.resourceVersion = String(state.version)
        state.lease = written
        return written
    }
}

/// Seconds that a test moves.
final class ManualClock: Sendable {
    private let now = Mutex(Duration.zero)
    var read: @Sendable () -> Duration { { self.now.withLock { $0 } } }
    func advance(_ by: Duration) { now.withLock { $0 += by } }
}

@Suite struct LeaseElectorTests {
    let leases = MemoryLeases()
    let clock = ManualClock()

    func elector(
        _ identity: String, wall: String = "2026-01-01T00:00:00.000000Z", times: LeaseTimes = LeaseTimes()
    ) -> LeaseElector {
        LeaseElector(
            identity: identity, store: leases, times: times, monotonic: clock.read, wall: { wall },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func ofTwoOneIsActive() async {
        let (a, b) = (elector("a"), elector("b"))
        for _ in 0..<20 {
            await a.attempt()
            await b.attempt()
            #expect(await a.mayAct)
            #expect(await !b.mayAct)
            clock.advance(.seconds(2))
        }
    }

    @Test func aCrashIsNoticedWithinFifteenSecondsAndNeverDoubled() async {
        let (a, b) = (elector("a"), elector("b"))
        await a.attempt()
        await b.attempt()
        var waited = Duration.zero
        while await !b.mayAct, waited < .seconds(60) {
            clock.advance(.seconds(3))
            waited += .seconds(3)
            let wasActing = await a.mayAct
            await b.attempt()
            let actsToo = await b.mayAct
            #expect(!(wasActing && actsToo))
        }
        #expect(waited <= .seconds(15))
        await a.attempt()
        #expect(await !a.mayAct)
        #expect(leases.state.withLock { $0.lease?.spec.leaseTransitions } == 1)
    }

    @Test func clocksThatDifferByYearsDecideNothing() async {
        let (a, b) = (elector("a", wall: "1999-01-01T00:00:00.000000Z"), elector("b", wall: "2050-01-01T00:00:00.000000Z"))
        await a.attempt()
        await b.attempt()
        #expect(await a.mayAct)
        #expect(await !b.mayAct)
    }

    @Test func aHolderThatCannotRenewStopsBeforeAnotherMayBegin() async {
        let a = elector("a")
        await a.attempt()
        leases.state.withLock { $0.isDown = true }
        clock.advance(.seconds(5))
        await a.attempt()
        #expect(await a.mayAct)
        clock.advance(.seconds(1))
        #expect(await !a.mayAct)
        clock.advance(.seconds(4))
        await a.attempt()
        #expect(a.counts.all["lost"] == 1)
    }

    /// As most networks fail: without a refusal.
    @Test(.timeLimit(.minutes(1))) func aServerThatDoesNotAnswerIsCountedAndTheLeaseLostInTime() async {
        var times = LeaseTimes()
        times.pause = .milliseconds(50)
        let a = elector("a", times: times)
        await a.attempt()
        leases.state.withLock { $0.isSilent = true }
        clock.advance(.seconds(5))
        await a.attempt()
        #expect(a.counts.all == ["failed": 1, "lost": 0])
        clock.advance(.seconds(5))
        await a.attempt()
        #expect(a.counts.all == ["failed": 2, "lost": 1])
        await a.attempt()
        #expect(a.counts.all == ["failed": 3, "lost": 1], "it is lost once")
        // One that is called off because the planner ends is no failure.
        let last = Task { await a.attempt() }
        last.cancel()
        await last.value
        #expect(a.counts.all["failed"] == 3)
        leases.state.withLock { $0.isSilent = false }
        await a.attempt()
        #expect(await a.mayAct)
    }

    @Test func anOrderlyStopHandsOverAtOnce() async {
        let (a, b) = (elector("a"), elector("b"))
        await a.attempt()
        await b.attempt()
        await a.release()
        #expect(await !a.mayAct)
        await b.attempt()
        #expect(await b.mayAct)
    }

    @Test func aLeaseThatSomeoneDeletedIsMadeAgain() async {
        let a = elector("a")
        await a.attempt()
        leases.state.withLock { $0.lease = nil }
        await a.attempt()
        clock.advance(.seconds(7))
        await a.attempt()
        await a.attempt()
        #expect(await a.mayAct)
    }

    @Test func aLeaseThatSomeoneDeletedIsNotTakenFromWhoHasIt() async {
        let (a, b) = (elector("a"), elector("b"))
        await a.attempt()
        await b.attempt()
        clock.advance(.seconds(1))
        leases.state.withLock { $0.lease = nil }
        await b.attempt()
        let (first, second) = (await a.mayAct, await b.mayAct)
        #expect(first && !second, "who had it does not know yet")
        // Who had it never comes back.
        clock.advance(.seconds(10))
        await b.attempt()
        #expect(await b.mayAct)
        #expect(await !a.mayAct)
    }

    @Test func timesAreWrittenAsKubernetesWritesThem() {
        #expect(WallClock.text(seconds: 0, microseconds: 7) == "1970-01-01T00:00:00.000007Z")
        #expect(WallClock.text(seconds: 951_782_400, microseconds: 0) == "2000-02-29T00:00:00.000000Z")
        #expect(WallClock.text(seconds: 1_795_805_463, microseconds: 1) == "2026-11-27T18:51:03.000001Z")
    }
}
