internal import Glibc

/// One client. The server's thread alone; never blocks.
///
/// At most one request is answered at a time, and nothing more is read meanwhile: what a client
/// sends ahead stays in the kernel's buffer, so a connection holds one head and one answer.
final class Connection {
    enum Phase {
        /// Nothing of a request is there.
        case idle
        /// Part of a head is there.
        case reading
        case writing
        /// All is said; what the client still sends is thrown away, so that it gets to read the
        /// answer before a reset.
        case draining
        case closed
    }

    let descriptor: CInt
    let isTCP: Bool
    private(set) var phase = Phase.idle
    /// CLOCK_MONOTONIC nanoseconds at which it is closed.
    private(set) var deadline: Int64
    private let limits: ServerLimits
    private var input: [UInt8] = []
    private var head: [UInt8] = []
    private var body: PageBuffer?
    private var written = 0
    private var closes = false

    init(descriptor: CInt, isTCP: Bool, limits: ServerLimits, now: Int64) {
        self.descriptor = descriptor
        self.isTCP = isTCP
        self.limits = limits
        // Whoever connects has something to say.
        deadline = now + limits.requestNanoseconds
    }

    deinit { close(descriptor) }

    var events: Int16 {
        switch phase {
        case .idle, .reading, .draining: Int16(POLLIN)
        case .writing: Int16(POLLOUT)
        case .closed: 0
        }
    }

    /// What was read may hold another whole request: no poll tells of it.
    private(set) var hasAhead = false

    /// Bytes of an answer that are held for it.
    var heldBytes: Int { phase == .writing ? total - written : 0 }

    func end() { phase = .closed }

    /// Takes what the client sent.
    func read(now: Int64) {
        if phase == .draining { return drain() }
        var chunk = [UInt8](repeating: 0, count: RequestParser.headLimit)
        let room = chunk.count - input.count
        guard room > 0 else { return }
        let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, room, Int32(MSG_DONTWAIT))
        }
        if count < 0 {
            if errno != EAGAIN, errno != EINTR { end() }
            return
        }
        guard count > 0 else { return end() }
        input += chunk[..<count]
        guard phase == .idle else { return }
        phase = .reading
        deadline = now + limits.requestNanoseconds
    }

    /// The next request of what was read; nil: none is whole.
    func next() throws(HTTPRefusal) -> HTTPRequest? {
        switch try RequestParser.parse(input) {
        case .incomplete:
            hasAhead = false
            return nil
        case .request(let request, let count):
            input.removeFirst(count)
            return request
        }
    }

    func answer(_ response: HTTPResponse, isHead: Bool, closes: Bool, now: Int64) {
        self.closes = closes
        head = response.head(closes: closes)
        body = isHead ? nil : response.body
        written = 0
        phase = .writing
        hasAhead = false
        deadline = now + limits.requestNanoseconds
        write(now: now)
    }

    /// Sends as much as the client takes.
    func write(now: Int64) {
        while written < total {
            let count: Int
            if written < head.count {
                count = unsafe head.withUnsafeBytes {
                    unsafe send($0, from: written, more: body != nil)
                }
            } else {
                count = unsafe body!.withUnsafeBytes {
                    unsafe send($0, from: written - head.count, more: false)
                }
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno != EAGAIN { end() }
                return
            }
            written += count
        }
        (head, body) = ([], nil)
        if closes {
            shutdown(descriptor, Int32(SHUT_WR))
            input = []
            phase = .draining
            deadline = now + limits.drainNanoseconds
        } else if input.isEmpty {
            phase = .idle
            deadline = now + limits.idleNanoseconds
        } else {
            phase = .reading
            hasAhead = true
            deadline = now + limits.requestNanoseconds
        }
    }

    private var total: Int { head.count + (body?.count ?? 0) }

    private func send(_ bytes: UnsafeRawBufferPointer, from start: Int, more: Bool) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0))
        return unsafe Glibc.send(
            descriptor,
            bytes.baseAddress! + start,
            bytes.count - start,
            flags
        )
    }

    private func drain() {
        var chunk = [UInt8](repeating: 0, count: 4096)
        // A bounded amount a turn; the deadline bounds the turns.
        let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { end() }
    }
}
