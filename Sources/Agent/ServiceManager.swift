internal import Glibc
internal import Probes

/// The service manager that started the agent, when it asks to be told how the agent fares: systemd
/// with `Type=notify` (the protocol of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names).
///
/// Without one every call does nothing. Nothing here waits: a message that cannot be sent is dropped,
/// and what it said is said again with the next. One thread.
struct ServiceManager: ~Copyable {
    private let socket: CInt
    private var address = sockaddr_un()
    private var addressSize: socklen_t = 0
    /// Nanoseconds between signs of life: half of what the manager waits for them; nil: it does not.
    private let period: Int64?
    private var due: Int64 = 0

    /// Takes what the environment says out of it, so that no child of ours speaks for the agent.
    init() {
        let path = EnvironmentVariable.take("NOTIFY_SOCKET") ?? ""
        let watchdog = EnvironmentVariable.take("WATCHDOG_USEC").flatMap { Int64($0) }
        let watched = EnvironmentVariable.take("WATCHDOG_PID").flatMap { pid_t($0) }
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard let first = path.utf8.first, path.utf8.count <= room,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else {
            socket = -1
            period = nil
            return
        }
        socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let isWatched = socket >= 0 && watched ?? getpid() == getpid()
        period = isWatched ? watchdog.flatMap { (1...Int64.max / 1000).contains($0) ? $0 * 500 : nil } : nil
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { name in
            unsafe name.copyBytes(from: path.utf8)
            // An abstract name.
            if first == UInt8(ascii: "@") { unsafe name[0] = 0 }
        }
        addressSize = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
    }

    deinit { if socket >= 0 { close(socket) } }

    /// The probes are attached and the first walk is done.
    func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// A configuration is being read again; `ready` ends it.
    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(MonotonicClock.now() / 1000)") }

    func stopping() { send("STOPPING=1") }

    /// A sign of life, when one is due. The agent's loop gives it, so that one that hangs is ended.
    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    mutating func live(now: Int64, _ status: @autoclosure () -> String) {
        guard socket >= 0, now >= due else { return }
        due = now + (period ?? Self.statusPeriod)
        send((period == nil ? "" : "WATCHDOG=1\n") + "STATUS=\(status())")
    }

    /// Until the next sign of life; never, when nobody waits for one.
    func nanosecondsToNext(now: Int64) -> Int64 { period == nil ? .max : max(0, due - now) }

    private static var statusPeriod: Int64 { 10_000_000_000 }

    private func send(_ text: String) {
        guard socket >= 0 else { return }
        var text = text
        var address = address
        let size = addressSize
        text.withUTF8 { bytes in
            unsafe withUnsafePointer(to: &address) { pointer in
                _ = unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe sendto(
                        socket, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT), $0,
                        size)
                }
            }
        }
    }
}
