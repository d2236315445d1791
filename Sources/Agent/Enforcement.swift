internal import Aggregates
internal import Capacity
internal import Logging
internal import Probes

/// The agent's side of enforcing: what it found at the start, what it says, what it puts back.
/// One thread.
final class Enforcement {
    /// Nil when nothing is to be enforced, or nothing can be.
    private let enforcer: HostEnforcer?
    private let logger: Logger

    /// Gets ready to enforce. Only the one running agent may call: the journal is one file.
    /// - Parameter helper: writes the limits, where there is one.
    init(
        _ options: AgentOptions, tree: CgroupTree, facts: HostFacts, helper: RightsHelper?, logger: Logger
    ) {
        self.logger = logger
        let journal = options.runtimeDirectory.limitsPath
        guard let rules = options.enforcement else {
            enforcer = nil
            return
        }
        let missing = Set(rules.files.map(\.controller)).subtracting(tree.controllers).sorted()
        if !missing.isEmpty {
            logger.warning(
                "\(tree.mountPoint) is without the controllers \(missing.joined(separator: ", ")), so they are only observed: boot with systemd.unified_cgroup_hierarchy=1 to enforce them"
            )
        }
        var usable = rules
        usable.files = rules.files.filter { !missing.contains($0.controller) }
        guard !usable.files.isEmpty else {
            enforcer = nil
            return
        }
        enforcer = HostEnforcer(
            root: tree.mountPoint, rules: usable, facts: facts,
            keeper: helper ?? LimitBook(root: tree.mountPoint, journalPath: journal), ownCgroup: tree.ownPath)
    }

    /// Puts back what an earlier run left. At the start, with the rights of then.
    static func recover(
        _ journal: String, _ tree: CgroupTree, _ logger: Logger
    ) throws(AgentError) {
        do throws(FileError) {
            switch try LimitBook.recover(journalPath: journal, root: tree.mountPoint) {
            case nil: break
            case .success(let report):
                logger.warning("limits that an earlier run left: \(report.sentence)")
            case .failure(let refusal): logger.error("\(refusal)")
            }
        } catch {
            throw AgentError(error)
        }
    }

    /// Since the start: limits that could not be written, and those that others changed.
    var failures: UInt64 { enforcer?.failures ?? 0 }
    var foreignChanges: UInt64 { enforcer?.foreignChanges ?? 0 }

    func refresh(now: Int64) {
        enforcer?.refresh(now: now)
        tell()
    }

    func observation(of path: String, _ resource: Resource) -> CapacityObservation? {
        enforcer?.observation(of: path, resource)
    }

    /// Nil when the request is not one for a limit.
    func reserve(_ request: CapacityRequest) -> (CapacityOutcome, provider: String)? {
        guard let enforcer, enforcer.manages(request.pool) else { return nil }
        let outcome = enforcer.reserve(request)
        tell()
        return (outcome, enforcer.name)
    }

    /// Puts back what was there.
    func close() {
        guard let report = enforcer?.restore() else { return }
        if report.isClean {
            logger.info("limits: \(report.sentence)")
        } else {
            logger.error("limits: \(report.sentence)")
        }
    }

    private func tell() {
        for note in enforcer?.takeNotes() ?? [] {
            if note.isProblem { logger.warning("\(note)") } else { logger.info("\(note)") }
        }
    }
}
