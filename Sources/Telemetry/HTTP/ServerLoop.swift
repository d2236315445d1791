internal import Glibc
internal import Probes

/// HTTP/1.1 for a few clients: one thread, poll(2), bounded in everything (`ServerLimits`).
///
/// Why not a library: docs/decisions/021-http-by-poll.md. Everything here is the server thread's, but for `stop`,
/// which is any thread's.
final class ServerLoop {
    /// Answers a request. The second: whether it came over TCP.
    typealias Answer = (HTTPRequest, Bool) -> HTTPResponse

    /// Where clients come from; the socket and its file stay the caller's.
    struct Entrance {
        let descriptor: CInt
        /// Of a Unix socket; nil: TCP.
        let path: String?
        var isTCP: Bool { path == nil }
    }

    private let listeners: [Entrance]
    private let limits: ServerLimits
    private let wake: CInt
    private let tally: ServerTally
    private let answer: Answer
    /// Called at times when nobody is being answered, with the time; says when to be called again.
    private let rest: (Int64) -> Int64?
    private var connections: [Connection] = []
    private var socketBudget: RequestBudget
    private var tcpBudget: RequestBudget
    /// Nothing is accepted before: the process has no descriptors left.
    private var acceptsFrom: Int64 = 0

    /// - Parameters:
    ///   - listeners: stay the caller's and must outlive the loop.
    ///   - wake: readable when the loop shall end.
    init(
        listeners: [Entrance],
        wake: CInt,
        limits: ServerLimits,
        tally: ServerTally,
        answer: @escaping Answer,
        rest: @escaping (Int64) -> Int64?
    ) {
        self.listeners = listeners
        self.wake = wake
        self.limits = limits
        self.tally = tally
        self.answer = answer
        self.rest = rest
        socketBudget = RequestBudget(limits, now: MonotonicClock.now())
        tcpBudget = socketBudget
    }

    /// Serves until woken. All clients are gone when it returns.
    func run() {
        while turn() {}
        connections = []
    }

    /// - Returns: false to end.
    private func turn() -> Bool {
        let start = MonotonicClock.now()
        var entries = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        for listener in listeners {
            // A negative descriptor is not looked at.
            let accepts = start >= acceptsFrom && hasRoom(isTCP: listener.isTCP)
            let descriptor = accepts ? listener.descriptor : -1
            entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
        for connection in connections {
            entries.append(
                pollfd(fd: connection.descriptor, events: connection.events, revents: 0)
            )
        }
        let isCalm = connections.allSatisfy { $0.phase == .idle }
        let due = isCalm ? rest(start) : nil
        let ready = unsafe poll(&entries, nfds_t(entries.count), timeout(start, due))
        if ready < 0, errno != EINTR { return false }
        if entries[0].revents != 0 { return false }
        let now = MonotonicClock.now()
        for (index, connection) in connections.enumerated() {
            serve(connection, entries[1 + listeners.count + index].revents, now)
        }
        for connection in connections where connection.deadline <= now && [.reading, .writing].contains(connection.phase) {
            tally.hindered(.tooSlow)
        }
        connections.removeAll { $0.phase == .closed || $0.deadline <= now }
        for (index, listener) in listeners.enumerated() where entries[1 + index].revents != 0 {
            accept(listener, now)
        }
        return true
    }

    private func hasRoom(isTCP: Bool) -> Bool {
        var count = 0
        for connection in connections where connection.isTCP == isTCP {
            if connection.phase == .idle { return true }
            count += 1
        }
        return count < limits.connections
    }

    /// Milliseconds until something is due.
    private func timeout(_ now: Int64, _ rest: Int64?) -> CInt {
        if connections.contains(where: \.hasAhead) { return 0 }
        var due = min(connections.map(\.deadline).min() ?? .max, rest ?? .max)
        if acceptsFrom > now { due = min(due, acceptsFrom) }
        guard due < .max else { return -1 }
        return CInt(clamping: max(0, due - now) / 1_000_000 + 1)
    }

    private func accept(_ listener: Entrance, _ now: Int64) {
        // A few a turn, so that those who are there get theirs.
        let isTCP = listener.isTCP
        for _ in 0..<8 where hasRoom(isTCP: isTCP) {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else {
                let isOut = [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno)
                // The client stays in the queue, and poll would tell of it at once.
                if isOut {
                    acceptsFrom = now + 200_000_000
                    tally.hindered(.noDescriptor)
                }
                return
            }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let connection = Connection(descriptor: descriptor, isTCP: isTCP, limits: limits, now: now)
            connections.append(connection)
            if let path = listener.path, !PeerCheck.isWelcome(descriptor, at: path) {
                let refusal = HTTPRefusal(.forbidden, "you are neither root nor in the group of \(path)")
                give(HTTPResponse(refusal), to: connection, closes: true, now)
            }
            if connections.count(where: { $0.isTCP == isTCP }) > limits.connections {
                closeOldestIdle(isTCP: isTCP)
            }
        }
    }

    /// But for the one that was accepted last.
    private func closeOldestIdle(isTCP: Bool) {
        let idle = connections.indices.dropLast().filter {
            connections[$0].phase == .idle && connections[$0].isTCP == isTCP
        }
        let oldest = idle.min { connections[$0].deadline < connections[$1].deadline }
        if let oldest {
            connections.remove(at: oldest)
            tally.hindered(.madeRoom)
        }
    }

    private func serve(_ connection: Connection, _ events: Int16, _ now: Int64) {
        if events & Int16(POLLERR | POLLNVAL) != 0 { return connection.end() }
        switch connection.phase {
        case .writing:
            if events & Int16(POLLOUT | POLLHUP) != 0 { connection.write(now: now) }
        case .idle, .reading, .draining:
            if events & Int16(POLLIN | POLLHUP) != 0 { connection.read(now: now) }
        case .closed: break
        }
        // One request a turn: whoever sends many ahead waits for the others in between.
        if connection.phase == .reading { take(connection, now) }
    }

    private func take(_ connection: Connection, _ now: Int64) {
        do throws(HTTPRefusal) {
            guard let request = try connection.next() else { return }
            guard connection.isTCP ? tcpBudget.take(now: now) : socketBudget.take(now: now) else {
                throw HTTPRefusal(
                    .tooManyRequests,
                    "more than \(Int(limits.requestsPerSecond)) requests a second"
                )
            }
            let held = connections.reduce(0) { $0 + ($1.isTCP == connection.isTCP ? $1.heldBytes : 0) }
            guard held < limits.heldBytes else {
                throw HTTPRefusal(.unavailable, "too many answers that clients did not take yet")
            }
            let response = answer(request, connection.isTCP)
            give(response, to: connection, isHead: request.isHead, closes: !request.keepsAlive, now)
        } catch {
            // What follows in the stream may not be what it looks like.
            give(HTTPResponse(error), to: connection, closes: true, now)
        }
    }

    private func give(
        _ response: HTTPResponse, to connection: Connection, isHead: Bool = false, closes: Bool, _ now: Int64
    ) {
        tally.answered(response.status)
        connection.answer(response, isHead: isHead, closes: closes, now: now)
    }
}
