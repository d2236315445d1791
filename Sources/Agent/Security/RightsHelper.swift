internal import Capacity
internal import Confinement
internal import Glibc
internal import Probes

/// The agent's end of the helper: asks it for what takes rights (`HelperServer`). One thread.
final class RightsHelper {
    private let socket: MessageSocket
    let pid: pid_t
    /// It has ended: nothing that takes rights works any more.
    private(set) var isGone = false

    /// The hidden command that a helper is, and the descriptor that it finds its socket at.
    private static let command = "hold-rights"
    private static let descriptor: CInt = 3

    /// Starts one with this process's own words, so that it reads the same configuration.
    init() throws(AgentError) {
        let ends: (ours: CInt, other: CInt)
        do throws(ConfinementError) {
            ends = try MessageSocket.pair()
        } catch {
            throw AgentError(.failed, "the helper: \(error)")
        }
        socket = MessageSocket(owning: ends.ours)
        defer { close(ends.other) }
        var pid: pid_t = 0
        let words = ["headroom", Self.command] + CommandLine.arguments.dropFirst()
        let code = OwnCommand.spawn(&pid, words, [(ends.other, Self.descriptor)])
        guard code == 0 else {
            errno = code
            throw .system("posix_spawn", "the helper")
        }
        self.pid = pid
    }

    /// Asks and waits for the answer.
    /// - Returns: nil when it is gone; the descriptor is the caller's, -1 for none.
    private func ask(
        _ message: HelperMessage,
        _ first: CInt = -1,
        _ second: CInt = -1
    ) -> (answer: HelperMessage, descriptor: CInt)? {
        guard !isGone, socket.send(message.bytes, first, second),
            let received = socket.receive(limit: HelperMessage.limit),
            let answer = HelperMessage(received.bytes)
        else {
            isGone = true
            return nil
        }
        if received.second >= 0 { close(received.second) }
        return (answer, received.first)
    }

    /// - Returns: nil when it was done; else why not.
    private func failure(_ message: HelperMessage, _ first: CInt = -1, _ second: CInt = -1)
        -> String?
    {
        guard let (answer, descriptor) = ask(message, first, second) else { return Self.goneText }
        if descriptor >= 0 { close(descriptor) }
        return answer.kind == .done ? nil : answer.words.first ?? "refused"
    }

    private static let goneText = "the helper that holds the rights has ended"

    /// Waits until it is up and has given up what it does not need; else throws.
    func waitUntilReady() throws(AgentError) {
        if let failure = failure(HelperMessage(.programStatus)) {
            throw AgentError(.failed, "the helper that is to hold the rights: \(failure)")
        }
    }

    func count(_ isWished: Bool) -> Bool {
        failure(HelperMessage(.count, number: isWished ? 1 : 0)) == nil
    }

    /// - Returns: the link's descriptor, or -1 with errno.
    func attach(program: CInt, directory: CInt, isEgress: Bool) -> CInt {
        guard
            let (answer, descriptor) = ask(
                HelperMessage(.attach, number: isEgress ? 1 : 0),
                program,
                directory
            ),
            answer.kind == .done
        else {
            errno = EPERM
            return -1
        }
        return descriptor
    }

    /// Has it read the configuration again.
    /// - Returns: nil, or why it goes on with what it had.
    func reload() -> String? { failure(HelperMessage(.reload)) }

    /// Ends it and waits for what it does at its end.
    func finish() {
        shutdown(socket.descriptor, CInt(SHUT_RDWR))
        isGone = true
        for _ in 0..<5_000 {
            var status: CInt = 0
            if unsafe waitpid(pid, &status, WNOHANG) != 0 { return }
            usleep(1_000)
        }
    }
}

extension RightsHelper: ProgramHost {
    func start(input: CInt, output: CInt) throws(AgentError) {
        if let failure = failure(HelperMessage(.startProgram), input, output) {
            throw AgentError(.failed, failure)
        }
    }

    func signal(_ number: CInt) {
        _ = failure(HelperMessage(.signalProgram, number: Int64(number)))
    }

    func status() -> CInt? {
        guard let (answer, _) = ask(HelperMessage(.programStatus)) else { return SIGKILL }
        return answer.number < 0 ? nil : CInt(truncatingIfNeeded: answer.number)
    }
}

extension RightsHelper: LimitKeeper {
    func set(_ changes: [LimitChange]) -> [Result<String, LimitRefusal>] {
        changes.map { change in
            let place = change.place
            let message = HelperMessage(
                .setLimit,
                number: Int64(bitPattern: place.cgroupID),
                words: [place.file.rawValue, change.text, place.path]
            )
            guard let (answer, _) = ask(message) else {
                return .failure(LimitRefusal(Self.goneText))
            }
            guard answer.kind == .done, let kept = answer.words.first else {
                return .failure(LimitRefusal(answer.words.first ?? "refused"))
            }
            return .success(kept)
        }
    }

    func leave(_ place: LimitPlace) {
        _ = failure(
            HelperMessage(
                .leaveLimit,
                number: Int64(bitPattern: place.cgroupID),
                words: [place.file.rawValue, place.path]
            )
        )
    }

    func forget(cgroupID: UInt64) {
        _ = failure(HelperMessage(.forgetLimits, number: Int64(bitPattern: cgroupID)))
    }

    func restore() -> RestoreReport {
        var report = RestoreReport()
        guard let (answer, _) = ask(HelperMessage(.restoreLimits)), answer.kind == .done,
            answer.words.count >= 2,
            let gone = Int(answer.words[0]), let changed = Int(answer.words[1]),
            (0...answer.words.count - 2).contains(changed)
        else {
            report.failures = [Self.goneText]
            return report
        }
        report.restored = Int(answer.number)
        report.gone = gone
        report.changed = Array(answer.words[2..<(2 + changed)])
        report.failures = Array(answer.words[(2 + changed)...])
        return report
    }
}
