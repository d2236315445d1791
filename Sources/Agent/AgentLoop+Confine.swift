internal import Capacity
internal import Confinement
internal import Glibc
internal import Logging
internal import Probes

extension AgentLoop {
    /// Gives up what is needed no more: the probes are attached, files that stay open are. Nothing of it comes back.
    func confine() throws(AgentError) {
        let wishes = options.security
        guard wishes.isConfined, let helper else { return }
        security.add("helper", "\(helper.pid)")
        profiler.attacher = { helper.attach(program: $0, directory: $1, isEgress: $2) }
        var user: SystemUser?
        if let name = wishes.user {
            let found = try SystemUser.find(name, for: "security.user")
            do throws(AgentError) {
                try file.handOver(to: found.uid, found.gid)
                if let state = options.stateDirectory { try state.handOver(to: found.uid, found.gid) }
            } catch {
                throw error.kind == .permission ? AgentError(.permission, "security.user: \(error); \(Self.anotherUserTakes)") : error
            }
            user = found
        }
        do throws(ConfinementError) {
            try dropCapabilities(user)
        } catch {
            throw AgentError(
                error.isPermission ? .permission : .failed,
                "security.user: \(error); \(Self.anotherUserTakes)"
            )
        }
        if wishes.restrictsFiles {
            restrictFiles(wishes)
        } else {
            security.add("landlock", "off: security.landlock")
        }
        if wishes.filtersCalls {
            filterCalls()
        } else {
            security.add("seccomp", "off: security.seccomp")
        }
        tellSecurity()
    }

    private static var anotherUserTakes: String {
        "it takes CAP_SETUID and CAP_SETGID, and CAP_CHOWN for what is the agent's to write (deploy/systemd/user.conf has them)"
    }

    /// Before 5.19 any use of bpf(2) takes CAP_BPF where unprivileged_bpf_disabled is set. No version says whether this kernel
    /// is one of these: it is tried.
    private func dropCapabilities(_ user: SystemUser?) throws(ConfinementError) {
        let all = ProcessStatus.own?.permitted ?? []
        try Confinement.hold(effective: [], permitted: all)
        let kept = profiler.mayGoOn() ? [] : all.intersection(.bpf)
        try Confinement.hold(effective: all, permitted: all)
        try Confinement.giveUp(keeping: kept, user: user.map { ($0.uid, $0.gid) })
        if !kept.isEmpty {
            security.add("keeps", "CAP_BPF: before 5.19 the kernel asks for it at each walk")
        }
    }

    private func restrictFiles(_ wishes: SecurityOptions) {
        guard FileRules.version > 0 else {
            security.add(
                "landlock",
                "off: this kernel has none, or it is not among its security modules"
            )
            return logger.notice("files are not restricted: this kernel has no Landlock")
        }
        var rules = FileRules()
        rules.readable =
            ["/sys", "/proc", "/etc/headroom", "/etc/passwd", "/etc/localtime", "/usr/share/zoneinfo", profiler.tree.mountPoint]
            + wishes.readable
        rules.readable += (options.rateFiles.map(\.path) + [options.podFile].compactMap(\.self))
            .map(AtomicFile.directory)
        rules.writable = [options.runtimeDirectory.path]
        if let state = options.stateDirectory { rules.writable.append(state.path) }
        rules.ports = wishes.ports
        do throws(ConfinementError) {
            let missing = try rules.enforce()
            security.add("landlock", "\(FileRules.version)")
            for path in rules.readable where !missing.contains(path) { security.add("reads", path) }
            for path in rules.writable where !missing.contains(path) {
                security.add("writes", path)
            }
            for port in rules.ports { security.add("listens", "\(port)") }
        } catch {
            security.add("landlock", "off: \(error)")
            logger.warning("files are not restricted: \(error)")
        }
    }

    private func filterCalls() {
        let test = EnvironmentVariable.value(of: SecurityOptions.environmentVariable) ?? ""
        let isFatal = test.contains("kill")
        do throws(ConfinementError) {
            try Confinement.filterCalls(isFatal: isFatal)
            security.add(
                "seccomp",
                isFatal
                    ? "a call that is not in the list ends the agent"
                    : "a call that is not in the list is refused and counted"
            )
        } catch {
            security.add("seccomp", "off: \(error)")
            logger.warning("system calls are not filtered: \(error)")
        }
        if test.contains("try") { _ = Confinement.tryForbiddenCall() }
    }

    /// Into the runtime directory, for `headroom doctor --security`.
    func tellSecurity() {
        security.set("refused", "\(Confinement.refusedCalls.count)")
        let path = options.runtimeDirectory.securityPath
        do throws(FileError) {
            try AtomicFile.write(Array(security.text.utf8), to: path)
        } catch {
            logger.warning("`headroom doctor --security` is not told: \(error)")
        }
    }
}
