internal import Agent
internal import Aggregates
internal import Glibc

/// The agent's answers over HTTP: sockets, and a thread that serves them.
///
/// Made and stopped by the agent's thread. What the thread reads is the shared table, as any other
/// process would, and the board; so it cannot hold the agent up.
final class TelemetryServer {
    private let loop: ServerLoop
    /// Closing the write end ends the loop.
    private let wake: (read: CInt, write: CInt)
    private var thread: WorkerThread?
    // The loop uses them: after the thread, the sockets go.
    private var sockets: [Socket]

    /// By reference, as an array cannot hold what cannot be copied.
    private final class Socket {
        let listener: Listener
        init(_ listener: consuming Listener) { self.listener = listener }
    }

    /// Opens the sockets and starts to serve.
    /// - Parameter table: its memory must stay until `stop` has returned.
    init(
        options: TelemetryOptions,
        limit: SeriesLimit,
        version: String,
        directory: RuntimeDirectory,
        table: consuming TableReader,
        board: Board,
        limits: ServerLimits = ServerLimits()
    ) throws(AgentError) {
        var token: BearerToken?
        if options.listen != nil, let file = options.tokenFile { token = try BearerToken(file: file) }
        var sockets: [Socket] = []
        if options.hasSocket {
            let path = directory.path + "/" + TelemetryOptions.socketName
            sockets.append(Socket(try Listener(path: path)))
        }
        if let address = options.listen { sockets.append(Socket(try Listener(address))) }
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw AgentError(.failed, "pipe: \(unsafe String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wake = (ends[0], ends[1])
        let tally = ServerTally()
        let responder = Responder(
            table: table,
            board: board,
            version: version,
            limit: limit,
            token: token,
            tally: tally
        )
        self.sockets = sockets
        loop = ServerLoop(
            listeners: sockets.map {
                ServerLoop.Entrance(descriptor: $0.listener.descriptor, path: $0.listener.path)
            },
            wake: wake.read,
            limits: limits,
            tally: tally,
            answer: { responder.answer($0, isTCP: $1) },
            rest: { responder.rest($0) }
        )
        do throws(AgentError) {
            // Room for a few copies of the table's header and slots.
            thread = try WorkerThread(name: "telemetry", stackBytes: 2 << 20, loop.run)
        } catch {
            close(wake.read)
            close(wake.write)
            throw error
        }
    }

    deinit { stop() }

    /// The port of the TCP socket, for tests that let the kernel choose.
    var port: UInt16? { sockets.first { $0.listener.isTCP }?.listener.port }

    /// Ends the thread, closes and removes the sockets. Waits for an answer that is being made.
    func stop() {
        guard let thread = thread.take() else { return }
        close(wake.write)
        thread.join()
        close(wake.read)
        sockets = []
    }
}
