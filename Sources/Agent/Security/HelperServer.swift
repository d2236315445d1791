internal import Capacity
internal import Confinement
internal import Glibc
internal import Probes

/// The helper: does for the agent the few things that take rights, and nothing else.
///
/// It holds the capabilities of its jobs alone, and does what the configuration says: which limits of which cgroups, which program
/// as which user. When the agent is gone, however it went, limits are put back, the program is ended, the runtime directory is
/// removed if nothing is left in it. One thread, in a process of its own.
package final class HelperServer {
    private let socket: MessageSocket
    private let reread: () -> HelperJobs?
    private let complain: (String) -> Void
    private var jobs: HelperJobs
    private let held: CapabilitySet
    private let limits: LimitBook
    private var program: LocalProgram?
    private let statistics = LocalStatistics()

    /// - Parameters:
    ///   - descriptor: of the socket to the agent; becomes the server's.
    ///   - reread: what the configuration says now; nil when it cannot be used.
    ///   - complain: for people.
    package init(
        socket descriptor: CInt,
        jobs: HelperJobs,
        reread: @escaping () -> HelperJobs?,
        complain: @escaping (String) -> Void
    ) throws(AgentError) {
        socket = MessageSocket(owning: descriptor)
        self.jobs = jobs
        self.reread = reread
        self.complain = complain
        limits = LimitBook(root: jobs.root, journalPath: jobs.runtimeDirectory.limitsPath)
        held = Self.held(by: jobs)
        // It ends with the agent, not with what is sent to a whole group.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGTTOU] {
            signal(number, SIG_IGN)
        }
        do throws(ConfinementError) {
            try Confinement.giveUp(keeping: held, user: nil)
        } catch {
            throw AgentError(.failed, "the helper could not give up its rights: \(error)")
        }
        try take(jobs.program)
    }

    /// What the jobs take, of what this process was started with.
    private static func held(by jobs: HelperJobs) -> CapabilitySet {
        wanted(by: jobs).intersection(ProcessStatus.own?.permitted ?? [])
    }

    private static func wanted(by jobs: HelperJobs) -> CapabilitySet {
        var wanted: CapabilitySet = []
        if jobs.counts { wanted.insert(.sysAdmin) }
        if jobs.attachesNetwork { wanted.insert(.netAdmin) }
        // Control files of a tree that was handed to another user.
        if jobs.limits != nil { wanted.insert(.dacOverride) }
        if jobs.program != nil { wanted.formUnion([.setUID, .setGID, .kill]) }
        return wanted
    }

    private func take(_ wanted: ProviderProgram?) throws(AgentError) {
        // One that cannot be started leaves the one that is there.
        let made: LocalProgram? = if let wanted { try LocalProgram(wanted) } else { nil }
        program = made
    }

    /// Serves until the agent is gone.
    package func run() {
        while let message = socket.receive(limit: HelperMessage.limit) {
            let (answer, descriptor) = answer(
                HelperMessage(message.bytes),
                message.first,
                message.second
            )
            for received in [message.first, message.second] where received >= 0 { close(received) }
            let isSent = socket.send(answer.bytes, descriptor)
            if descriptor >= 0 { close(descriptor) }
            if !isSent { break }
        }
        end()
    }

    private func answer(
        _ message: HelperMessage?,
        _ first: CInt,
        _ second: CInt
    ) -> (HelperMessage, descriptor: CInt) {
        guard let message else { return (Self.refusal("no message"), -1) }
        switch message.kind {
        case .count where jobs.counts:
            return (
                statistics.count(message.number != 0)
                    ? HelperMessage(.done) : Self.refusal("bpf_enable_stats"), -1
            )
        case .attach where jobs.attachesNetwork && first >= 0 && second >= 0:
            let link = CgroupAttachment.attach(
                program: first,
                directory: second,
                isEgress: message.number != 0
            )
            return link >= 0
                ? (HelperMessage(.done), link)
                : (HelperMessage(.refused, number: Int64(errno), words: ["BPF_LINK_CREATE"]), -1)
        case .setLimit, .leaveLimit, .forgetLimits, .restoreLimits: return (limit(message), -1)
        case .startProgram where first >= 0 && second >= 0: return (start(first, second), -1)
        case .signalProgram
        where [SIGTERM, SIGKILL].contains(CInt(truncatingIfNeeded: message.number)):
            program?.signal(CInt(truncatingIfNeeded: message.number))
            return (HelperMessage(.done), -1)
        case .programStatus:
            return (HelperMessage(.done, number: program?.status().map(Int64.init) ?? -1), -1)
        case .reload: return (reload(), -1)
        default: return (Self.refusal("not one of this helper's jobs"), -1)
        }
    }

    private static func refusal(_ reason: String) -> HelperMessage {
        HelperMessage(.refused, words: [reason])
    }

    // MARK: Limits

    private func limit(_ message: HelperMessage) -> HelperMessage {
        let id = UInt64(bitPattern: message.number)
        func place(_ file: String, _ path: String) -> LimitPlace? {
            ControlFile(rawValue: file).map { LimitPlace(cgroupID: id, path: path, file: $0) }
        }
        switch (message.kind, message.words.count) {
        case (.setLimit, 3):
            guard let place = place(message.words[0], message.words[2]), let rules = jobs.limits,
                rules.files.contains(place.file), rules.cgroups.contains(place.path)
            else {
                return Self.refusal(
                    "\(message.words[2])/\(message.words[0]) is not in the helper's configuration"
                )
            }
            switch limits.set([LimitChange(place: place, text: message.words[1])])[0] {
            case .success(let kept): return HelperMessage(.done, words: [kept])
            case .failure(let refusal): return Self.refusal(refusal.description)
            }
        case (.leaveLimit, 2):
            guard let place = place(message.words[0], message.words[1]) else {
                return Self.refusal("no such file")
            }
            limits.leave(place)
        case (.forgetLimits, 0): limits.forget(cgroupID: id)
        case (.restoreLimits, 0):
            let report = limits.restore()
            return HelperMessage(
                .done,
                number: Int64(report.restored),
                words: ["\(report.gone)", "\(report.changed.count)"] + report.changed
                    + report.failures
            )
        default: return Self.refusal("no such message about limits")
        }
        return HelperMessage(.done)
    }

    // MARK: The program, the configuration

    private func start(_ input: CInt, _ output: CInt) -> HelperMessage {
        guard let program else {
            return Self.refusal("the helper's configuration has no provider.command")
        }
        do throws(AgentError) {
            try program.start(input: input, output: output)
            return HelperMessage(.done)
        } catch {
            return Self.refusal(error.description)
        }
    }

    private func reload() -> HelperMessage {
        guard var new = reread() else {
            return Self.refusal("the helper could not read the configuration")
        }
        let lacking = Self.wanted(by: new).subtracting(held).intersection([.setUID, .setGID])
        guard new.program == nil || lacking.isEmpty else {
            return Self.refusal(
                "provider.command: a program takes a restart: the helper has given up \(lacking)"
            )
        }
        if new.program != jobs.program {
            do throws(AgentError) {
                try take(new.program)
            } catch {
                return Self.refusal(error.description)
            }
        }
        if new.counts, !jobs.counts, !held.contains(.sysAdmin) {
            complain(
                "overhead.budget_percent: what probes take is counted from the next start on: there was no budget at this one, "
                    + "so the helper gave up \(CapabilitySet.sysAdmin); until then the budget is the agent's own process' alone")
        }
        // Probes are those of the start, whatever stands in the file meanwhile.
        new.attachesNetwork = jobs.attachesNetwork
        jobs = new
        return HelperMessage(.done)
    }

    /// The agent is gone.
    private func end() {
        let report = limits.restore()
        if report.restored + report.gone > 0 || !report.isClean {
            complain("the agent is gone without putting limits back: \(report.sentence)")
        }
        program?.signal(SIGTERM)
        unsafe rmdir(jobs.runtimeDirectory.path)
    }
}
