internal import Glibc
internal import Synchronization

/// Ctrl-C and `kill`, told to the loop instead of ending the process; SIGUSR1, which asks for a
/// checkpoint now; and SIGHUP, which has the configuration read again, or, where there is a terminal,
/// says that it went away.
///
/// Handlers write to a pipe that the loop waits on with everything else, so no signal is
/// missed between a look and a wait. The handlers are the process's: one agent a process.
struct StopSignal: ~Copyable {
    private static let writeEnd = Atomic<CInt>(-1)
    private static let received = Atomic<Bool>(false)
    private static let checkpointWish = Atomic<Bool>(false)
    private static let reloadWish = Atomic<Bool>(false)
    private let readEnd: CInt

    init() throws(AgentError) {
        var ends: [CInt] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw .system("pipe", "for signals") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        Self.writeEnd.store(ends[1], ordering: .releasing)
        // A parent may have started us with them blocked.
        var stops = sigset_t()
        unsafe sigemptyset(&stops)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGUSR1] { unsafe sigaddset(&stops, number) }
        unsafe sigprocmask(SIG_UNBLOCK, &stops, nil)
        for number in Self.hasTerminal ? [SIGINT, SIGTERM, SIGHUP] : [SIGINT, SIGTERM] {
            signal(number) { _ in
                StopSignal.received.store(true, ordering: .relaxed)
                StopSignal.wake()
            }
        }
        if !Self.hasTerminal {
            signal(SIGHUP) { _ in
                StopSignal.reloadWish.store(true, ordering: .relaxed)
                StopSignal.wake()
            }
        }
        signal(SIGUSR1) { _ in
            StopSignal.checkpointWish.store(true, ordering: .relaxed)
            StopSignal.wake()
        }
        // A resize needs no action of its own: it only has to end the wait.
        signal(SIGWINCH) { _ in StopSignal.wake() }
        // A reader that goes away is noticed by the failing write.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Async-signal-safe: one write.
    private static func wake() {
        let saved = errno
        var byte: UInt8 = 0
        _ = unsafe write(writeEnd.load(ordering: .relaxed), &byte, 1)
        errno = saved
    }

    var isReceived: Bool { Self.received.load(ordering: .relaxed) }

    /// Whether a checkpoint was asked for since the last call.
    func takeCheckpointWish() -> Bool {
        Self.checkpointWish.exchange(false, ordering: .relaxed)
    }

    /// Whether the configuration is to be read again; told once.
    func takeReloadWish() -> Bool { Self.reloadWish.exchange(false, ordering: .relaxed) }

    /// Of this session: only then is SIGHUP its end.
    private static var hasTerminal: Bool {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
    }

    /// Waits for input on `descriptors`, a signal, or the end of `nanoseconds`, rounded up
    /// to milliseconds.
    /// - Returns: which descriptors have input, in their order.
    func wait(_ descriptors: [pollfd], nanoseconds: Int64) -> [Bool] {
        var entries = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)] + descriptors
        let milliseconds = CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
        let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        guard count > 0 else { return descriptors.map { _ in false } }
        if entries[0].revents != 0 {
            var bytes: (UInt64, UInt64) = (0, 0)
            _ = unsafe read(readEnd, &bytes, 16)
        }
        return entries.dropFirst().map { $0.revents != 0 }
    }
}
