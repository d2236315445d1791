internal import Glibc
internal import Synchronization

/// The terminal as this process has changed it, and the way back: from anywhere, signal handlers
/// included. A process has one terminal, so this is the process's.
enum TerminalState {
    /// Input and output; -1 while nothing is taken over.
    private static let input = Atomic<CInt>(-1)
    private static let output = Atomic<CInt>(-1)
    private static let isTaken = Atomic<Bool>(false)
    /// What the input's settings were; written before it is taken, read only afterwards.
    nonisolated(unsafe) private static let saved = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    nonisolated(unsafe) private static let raw = UnsafeMutablePointer<termios>.allocate(capacity: 1)

    /// Written from signal handlers: static text, whose bytes lie in the program.
    /// Alternate screen, no cursor, no wrapping at the edge.
    private static let entering: StaticString = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l"
    private static let leaving: StaticString = "\u{1b}[?2026l\u{1b}[0m\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"

    /// What was shown is gone, or the size is another.
    static let needsRepaint = Atomic<Bool>(false)
    /// The signal that asked the process to end; 0 for none.
    static let stop = Atomic<CInt>(0)
    /// Where handlers write a byte to end a wait; -1 for nowhere.
    static let wakeEnd = Atomic<CInt>(-1)

    /// - Parameter input: a terminal, or -1 for none.
    /// - Returns: whether the input's settings could be changed.
    static func prepare(input: CInt, output: CInt) -> Bool {
        Self.output.store(output, ordering: .releasing)
        guard input >= 0, unsafe tcgetattr(input, saved) == 0 else { return false }
        unsafe raw.update(from: saved, count: 1)
        // Keys one by one and unseen; Ctrl-C and Ctrl-Z stay signals.
        unsafe raw.pointee.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        unsafe raw.pointee.c_iflag &= ~tcflag_t(IXON | ICRNL)
        Self.input.store(input, ordering: .releasing)
        return true
    }

    /// Async-signal-safe. A process in the background leaves the terminal alone.
    static func enter() {
        let output = Self.output.load(ordering: .acquiring)
        let input = Self.input.load(ordering: .acquiring)
        guard output >= 0, input < 0 || tcgetpgrp(input) == getpgrp() else { return }
        isTaken.store(true, ordering: .relaxed)
        if input >= 0 { unsafe tcsetattr(input, TCSANOW, raw) }
        put(entering, to: output)
        needsRepaint.store(true, ordering: .relaxed)
    }

    /// Async-signal-safe. Nothing when it is not taken.
    static func leave() {
        guard isTaken.exchange(false, ordering: .relaxed) else { return }
        put(leaving, to: output.load(ordering: .acquiring))
        let input = Self.input.load(ordering: .acquiring)
        if input >= 0 { unsafe tcsetattr(input, TCSANOW, saved) }
    }

    static var isShown: Bool { isTaken.load(ordering: .relaxed) }

    private static func put(_ text: StaticString, to descriptor: CInt) {
        _ = unsafe write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
    }

    // MARK: Signals

    /// The first of what gives the terminal back and takes it again: Ctrl-Z, `fg`, a crash.
    static func catchSignals(stops: Bool) {
        // Handlers must not be the first to touch what is made when it is first used.
        _ = unsafe (saved, raw)
        handle(SIGTSTP) { _ in
            TerminalState.leave()
            // The shell sees a stopped process; what follows runs once it goes on.
            kill(getpid(), SIGSTOP)
        }
        handle(SIGCONT) { _ in
            TerminalState.enter()
            TerminalState.wake()
        }
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT] {
            handle(number) { number in
                TerminalState.leave()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        guard stops else { return }
        handle(SIGWINCH) { _ in
            TerminalState.needsRepaint.store(true, ordering: .relaxed)
            TerminalState.wake()
        }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            handle(number) { number in
                TerminalState.stop.store(number, ordering: .relaxed)
                TerminalState.wake()
            }
        }
    }

    /// Async-signal-safe: one write.
    private static func wake() {
        let saved = errno
        var byte: UInt8 = 0
        let end = wakeEnd.load(ordering: .relaxed)
        if end >= 0 { _ = unsafe write(end, &byte, 1) }
        errno = saved
    }

    private static func handle(_ number: CInt, _ handler: @convention(c) (CInt) -> Void) {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = handler
        action.sa_flags = SA_RESTART
        unsafe sigemptyset(&action.sa_mask)
        unsafe sigaction(number, &action, nil)
        // A parent may have started us with it blocked.
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, number)
        unsafe sigprocmask(SIG_UNBLOCK, &set, nil)
    }
}
