internal import Glibc

/// What a process of the demo does until its end: in periods of 20 ms it uses its share of a core,
/// and never more, whatever the host does meanwhile.
struct DemoLoad {
    let load: DemoWorkload.Load
    let shape: DemoShape
    /// CPU time of this process at most, in cores: 0...1.
    let cores: Double
    let memoryBytes: Int
    let day: Double
    let seed: UInt64
    /// Of CLOCK_MONOTONIC, in seconds.
    let start: Double
    let end: Double
    /// Where a `send` sends; 0 for others.
    let port: UInt16

    private static let period = 0.02

    /// Returns when the time is over; a failure that ends it is told on standard error.
    /// - Returns: the exit code.
    func run() -> Int32 {
        switch load {
        case .cpu: return periods { budget in Self.burn(budget) }
        case .memory: return holdMemory()
        case .disk: return writeAndWait()
        case .receive: return receive()
        case .send: return send()
        }
    }

    /// Calls `body` once a period with the CPU seconds that it may use, until the end or its wish.
    private func periods(_ body: (_ budget: Double) -> Bool) -> Int32 {
        while true {
            let now = MonotonicSeconds.now()
            guard now < end else { return 0 }
            let level = shape.level(at: max(0, now - start), day: day, seed: seed)
            guard body(cores * level * Self.period) else { return 1 }
            // A period that was missed is not made up for.
            let rest = now + Self.period - MonotonicSeconds.now()
            if rest > 0 { usleep(UInt32(rest * 1e6)) }
        }
    }

    /// Uses CPU time of this thread, within twice the wall time.
    private static func burn(_ budget: Double) -> Bool {
        let deadline = MonotonicSeconds.now() + period
        let begin = ThreadSeconds.now()
        var state: UInt64 = 1
        while ThreadSeconds.now() - begin < budget, MonotonicSeconds.now() < deadline {
            for _ in 0..<2_000 { state = state &* 6_364_136_223_846_793_005 &+ 1 }
        }
        // Keeps the loop from being optimised away.
        return state != 0
    }

    private func holdMemory() -> Int32 {
        let count = max(1 << 20, memoryBytes)
        let mapped = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | 0x20, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1) else {
            return Self.fail("mmap of \(count) bytes")
        }
        let page = 4096
        var held = 0
        return periods { budget in
            let begin = ThreadSeconds.now()
            let level = shape.level(at: max(0, MonotonicSeconds.now() - start), day: day, seed: seed)
            let wanted = Int(level * Double(count)) / page * page
            if wanted < held {
                unsafe madvise(mapped + wanted, held - wanted, MADV_DONTNEED)
                held = wanted
            }
            // At most 2 MiB a period: some 100 MiB/s.
            let next = min(wanted, held + (2 << 20))
            while held < next, ThreadSeconds.now() - begin < budget {
                // A page costs a fault, a look at the clock far less than 16 of them.
                for _ in 0..<16 where held < next {
                    unsafe mapped.storeBytes(of: 1, toByteOffset: held, as: UInt8.self)
                    held += page
                }
            }
            return true
        }
    }

    /// Standard input is the file: it has no name, so nothing of it is left however this ends.
    private func writeAndWait() -> Int32 {
        let block = [UInt8](repeating: 0x5a, count: 64 << 10)
        var offset = 0
        var owed = 0.0
        return periods { _ in
            // Eight a second at most: half a MiB/s.
            owed += 8 * Self.period * shape.level(at: max(0, MonotonicSeconds.now() - start), day: day, seed: seed)
            guard owed >= 1 else { return true }
            owed = 0
            guard unsafe pwrite(STDIN_FILENO, block, block.count, off_t(offset)) == block.count,
                fdatasync(STDIN_FILENO) == 0
            else {
                _ = Self.fail("writing to the demo's file")
                return false
            }
            offset = (offset + block.count) % DemoPlan.fileBytes
            return true
        }
    }

    /// Listens on a port that the kernel chooses and tells it on standard output.
    private func receive() -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0, let port = Loopback.listen(listener) else { return Self.fail("a port on loopback") }
        let line = "\(port)\n"
        _ = unsafe write(STDOUT_FILENO, line, line.utf8.count)
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return Self.fail("accept") }
        close(listener)
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while MonotonicSeconds.now() < end {
            let count = unsafe read(connection, &bytes, bytes.count)
            // The other side has ended, as it should.
            if count <= 0 { return 0 }
            // An answer, so that both directions are used.
            _ = unsafe write(connection, bytes, max(1, count / 10))
        }
        return 0
    }

    private func send() -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard connection >= 0, Loopback.connect(connection, port) else { return Self.fail("connect to port \(port)") }
        let message = [UInt8](repeating: 0x68, count: 1024)
        var answer = [UInt8](repeating: 0, count: 16 << 10)
        return periods { budget in
            let begin = ThreadSeconds.now()
            let level = shape.level(at: max(0, MonotonicSeconds.now() - start), day: day, seed: seed)
            // A thousand a second at most: one MiB/s.
            for _ in 0..<Int((1_000 * Self.period * level).rounded(.up)) {
                guard ThreadSeconds.now() - begin < budget else { return true }
                guard unsafe write(connection, message, message.count) == message.count,
                    unsafe read(connection, &answer, answer.count) > 0
                else { return MonotonicSeconds.now() >= end }
            }
            return true
        }
    }

    private static func fail(_ what: String) -> Int32 {
        let reason = unsafe String(cString: strerror(errno))
        StandardError.complain("demo: \(what): \(reason)")
        return 1
    }
}

/// CPU time of the calling thread, in seconds.
private enum ThreadSeconds {
    static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// TCP on 127.0.0.1.
private enum Loopback {
    private static func withAddress(
        _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32
    ) -> (result: Int32, port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
        }
        return (result, UInt16(bigEndian: address.sin_port))
    }

    /// The port; nil when there is none to be had.
    static func listen(_ listener: CInt) -> UInt16? {
        let bound = unsafe withAddress(0) { address, length in
            let result = unsafe bind(listener, address, length)
            return unsafe result == 0 ? getsockname(listener, address, &length) : result
        }
        guard bound.result == 0, Glibc.listen(listener, 1) == 0 else { return nil }
        return bound.port
    }

    static func connect(_ connection: CInt, _ port: UInt16) -> Bool {
        unsafe withAddress(port) { address, length in unsafe Glibc.connect(connection, address, length) }.result == 0
    }
}
