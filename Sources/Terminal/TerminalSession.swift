internal import Glibc
internal import Synchronization

/// The terminal taken over for a live view: alternate screen, keys without Enter.
///
/// What was there comes back when the value is destroyed, and also when the process is stopped
/// (Ctrl-Z), crashes or calls `exit`. One at a time in a process; one thread.
package struct TerminalSession: ~Copyable {
    /// What ended a wait.
    package enum Wake: Sendable {
        case keys, resize, timeout
        /// SIGINT, SIGTERM or SIGHUP.
        case stop
    }

    private let input: CInt
    private let output: CInt
    private var encoder: FrameEncoder
    private var decoder = KeyDecoder()
    private var wakeEnds: [CInt] = []

    /// - Parameters:
    ///   - features: what the terminal can show.
    ///   - input: where keys come from; without them when it is no terminal.
    ///   - output: the terminal that is drawn on.
    ///   - handlesStops: SIGINT, SIGTERM, SIGHUP and SIGWINCH end `wait`; else they are the
    ///     caller's.
    package init(
        features: TerminalFeatures, input: CInt = STDIN_FILENO, output: CInt = STDOUT_FILENO,
        handlesStops: Bool
    ) {
        let hasKeys = TerminalState.prepare(input: isatty(input) == 1 ? input : -1, output: output)
        self.input = hasKeys ? input : -1
        self.output = output
        encoder = FrameEncoder(features: features)
        if handlesStops {
            var ends: [CInt] = [-1, -1]
            if unsafe pipe(&ends) == 0 {
                for end in ends {
                    _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                    _ = fcntl(end, F_SETFL, O_NONBLOCK)
                }
                wakeEnds = ends
                TerminalState.wakeEnd.store(ends[1], ordering: .releasing)
            }
        }
        TerminalState.catchSignals(stops: handlesStops)
        // For whatever ends the process without destroying this.
        atexit { TerminalState.leave() }
        TerminalState.enter()
    }

    deinit {
        TerminalState.leave()
        TerminalState.wakeEnd.store(-1, ordering: .releasing)
        for end in wakeEnds { close(end) }
    }

    /// The signal that asked the process to end; nil when none did.
    package static var stopSignal: CInt? {
        let number = TerminalState.stop.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// What people type at; nil when standard input is no terminal.
    package var inputDescriptor: CInt? { input >= 0 ? input : nil }

    /// Columns and rows now; 80 by 24 where the terminal does not say.
    package static func size(of descriptor: CInt = STDOUT_FILENO) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    package var size: (columns: Int, rows: Int) { Self.size(of: output) }

    /// Sends what changed, in one write where the terminal takes it.
    /// - Returns: false when the terminal is gone.
    package mutating func show(_ frame: Frame) -> Bool {
        // Stopped and continued in the background: nothing may be written until it is in front.
        if !TerminalState.isShown { TerminalState.enter() }
        guard TerminalState.isShown else { return true }
        if TerminalState.needsRepaint.exchange(false, ordering: .relaxed) { encoder.forget() }
        let bytes = encoder.encode(frame)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.span.withUnsafeBytes { buffer in
                unsafe write(output, buffer.baseAddress! + written, buffer.count - written)
            }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else { return false }
                if errno == EAGAIN { awaitRoom() }
                continue
            }
            written += count
        }
        return true
    }

    private func awaitRoom() {
        var entry = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&entry, 1, 1000)
    }

    /// Waits for keys, a signal or the end of the time.
    package func wait(milliseconds: Int) -> Wake {
        var entries = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeEnds.first ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        if TerminalState.stop.load(ordering: .relaxed) != 0 { return .stop }
        let count = unsafe poll(&entries, 2, CInt(clamping: max(0, milliseconds)))
        if count > 0, entries[1].revents != 0 {
            var drain: (UInt64, UInt64) = (0, 0)
            _ = unsafe read(entries[1].fd, &drain, 16)
        }
        if TerminalState.stop.load(ordering: .relaxed) != 0 { return .stop }
        if count > 0, entries[0].revents != 0 { return .keys }
        return count > 0 ? .resize : .timeout
    }

    /// The keys typed since the last call; nil when nobody can type any more.
    ///
    /// A sequence that has begun is waited for, 25 ms at most: then it was Escape alone.
    package mutating func keys() -> [Key]? {
        guard input >= 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(input, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        guard count > 0 else { return nil }
        var keys = decoder.decode(buffer.prefix(count))
        while decoder.isWaiting {
            var entry = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&entry, 1, 25) > 0 else {
                keys += decoder.giveUp()
                break
            }
            let more = unsafe read(input, &buffer, buffer.count)
            guard more > 0 else { break }
            keys += decoder.decode(buffer.prefix(more))
        }
        return keys
    }
}
