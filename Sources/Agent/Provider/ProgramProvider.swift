internal import Aggregates
internal import Capacity
internal import Logging
internal import Planner
internal import Probes

/// A program of the operator's as the provider: requests go to its standard input, answers come
/// from its standard output, a JSON object a line (docs/provider-program.md).
///
/// Every request is pending until the program answers, so the agent never waits for it. A program
/// that ends is started again and hears what it owes an answer to. One thread.
final class ProgramProvider: CapacityProvider {
    let name: String
    private let program: ProviderProgram
    private let host: any ProgramHost
    private let logger: Logger
    private var ledger: ProgramLedger
    private var child: ChildProgram?
    private var tooLong = 0
    private var answers: [ProviderAnswer] = []
    private(set) var failures: UInt64 = 0

    /// Monotonic nanoseconds from when on it may be started again, and the pause after that.
    private var startAt: Int64 = 0
    private var pause = ProgramProvider.shortestPause
    /// Lines that may still be taken in the second that began at `secondAt`.
    private var linesLeft = ProgramProvider.linesPerSecond
    /// Read, and more than was to be taken.
    private var waiting: ArraySlice<[UInt8]> = []
    private var secondAt: Int64 = 0
    private var complainedAt: Int64?

    private static let second: Int64 = 1_000_000_000
    private static let shortestPause = second
    private static let longestPause = 60 * second
    private static let linesPerSecond = 1_000
    /// As many bytes of output count as a line, whether they are one or not.
    private static let bytesPerLine = 256
    /// Nanoseconds between two complaints about what it says; all are counted.
    private static let complaintPause = 10 * second

    init(
        _ program: ProviderProgram, on host: any ProgramHost, planned: [ProgramLedger.Key], logger: Logger
    ) {
        self.program = program
        self.host = host
        self.logger = logger
        name = program.name
        ledger = ProgramLedger(planned)
        start(at: MonotonicClock.now())
    }

    func reserve(_ request: CapacityRequest) -> CapacityOutcome {
        ledger.ask(request, at: MonotonicClock.now())
        send(request)
        return .pending
    }

    func observe(
        pool: String, _ resource: Resource, nowNanoseconds: Int64
    ) -> CapacityObservation? {
        ledger.observation(ProgramLedger.Key(pool: pool, resource: resource))
    }

    /// None once it has said enough for this second: it waits, not the agent.
    var descriptor: CInt? { linesLeft > 0 ? child?.output : nil }

    func takeAnswers() -> [ProviderAnswer] {
        let now = MonotonicClock.now()
        if now - secondAt >= Self.second {
            secondAt = now
            linesLeft = Self.linesPerSecond
        }
        if child == nil, now >= startAt { start(at: now) }
        child?.flush()
        receive(at: now)
        let expired = ledger.expire(
            at: now, after: program.timeoutNanoseconds,
            "\(name) did not answer within \(Quantity.seconds(program.timeoutNanoseconds))")
        failures += UInt64(expired.count)
        defer { answers.removeAll() }
        return answers + expired
    }

    func close() {
        if let child { logger.info("provider \(name) has ended: \(child.end(patiently: true))") }
        child = nil
    }

    private func start(at now: Int64) {
        do throws(AgentError) {
            child = try ChildProgram(host)
            tooLong = 0
        } catch {
            return failed(at: now, "could not be started: \(error)")
        }
        for request in ledger.reopen(at: now) { send(request) }
    }

    private func send(_ request: CapacityRequest) {
        guard let child else { return }
        var line = JSONLine()
        line.line("request") { $0.fields(of: request, answer: nil) }
        if !child.send(line.bytes) {
            failed(at: MonotonicClock.now(), "does not read its input; ended: \(child.end(patiently: false))")
        }
    }

    private func receive(at now: Int64) {
        while let current = child, linesLeft > 0 {
            if let line = waiting.popFirst() {
                linesLeft -= 1
                take(line, at: now)
                continue
            }
            guard let reading = current.receive() else {
                return failed(at: now, "has ended: \(current.end(patiently: false))")
            }
            if current.tooLong > tooLong {
                complain(at: now, "a line of more than \(ChildProgram.lineLimit) bytes")
                tooLong = current.tooLong
            }
            if reading.byteCount == 0 { return }
            waiting = reading.lines[...]
            // What is no line costs as much to look at.
            linesLeft -= max(0, (reading.byteCount + Self.bytesPerLine - 1) / Self.bytesPerLine - reading.lines.count)
        }
    }

    private func take(_ line: [UInt8], at now: Int64) {
        do throws(ProgramComplaint) {
            if let answer = try ledger.take(try ProgramMessage(line)) { answers.append(answer) }
            pause = Self.shortestPause
        } catch {
            let shown = String(decoding: line.prefix(200), as: UTF8.self)
            complain(at: now, "\(error.reason): \(TableText.visible(shown))")
        }
    }

    private func complain(at now: Int64, _ what: String) {
        failures += 1
        if let complainedAt, now - complainedAt < Self.complaintPause { return }
        complainedAt = now
        logger.warning("provider \(name) said what is not understood: \(what)")
    }

    private func failed(at now: Int64, _ what: String) {
        child = nil
        waiting = []
        failures += 1
        startAt = now + pause
        logger.warning(
            "provider \(name) \(what); it is started again in \(Quantity.seconds(pause))")
        pause = min(pause * 2, Self.longestPause)
    }
}
