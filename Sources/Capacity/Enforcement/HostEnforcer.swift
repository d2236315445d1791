package import Aggregates
internal import Planner

/// The node as a provider that acts: sets limits of the cgroups it may manage, ahead of need, and
/// puts back what it found.
///
/// What all want is divided when it is more than the node has (`FairShares`), present use first.
/// No limit is set below present use and a margin. Each value that was there is in the journal
/// before it is changed, so that the next start puts it back when this process was killed. A file
/// that others change meanwhile is theirs: their value is what is put back, and after three times
/// it is left alone. Cgroups that were not named are never written to.
///
/// Owned by the agent's thread. O(managed cgroups) system calls a tick, at most 64.
package final class HostEnforcer: CapacityProvider {
    package let name = "cgroup"
    private let root: String
    private let rules: EnforcementRules
    private let facts: HostFacts
    /// Writes what is decided here.
    private let keeper: any LimitKeeper
    /// The cgroup that this process runs in; nil when it is not known.
    private let own: String?
    private var cgroups: [String: ManagedCgroup.Box] = [:]
    /// Totals that were asked for, by resource and path.
    private var wanted: [Resource: [String: Double]] = [:]
    private var refused: Set<String> = []
    private var notes: [EnforcementNote] = []

    /// Values that could not be written, and values that others changed.
    package private(set) var failures: UInt64 = 0
    package private(set) var foreignChanges: UInt64 = 0

    /// - Parameters:
    ///   - root: where the cgroup v2 tree is mounted.
    ///   - rules: which cgroups and files, and how.
    ///   - facts: what the host has.
    ///   - keeper: writes the limits.
    ///   - ownCgroup: the cgroup that this process runs in.
    package init(
        root: String,
        rules: EnforcementRules,
        facts: HostFacts,
        keeper: any LimitKeeper,
        ownCgroup: String?
    ) {
        self.root = root
        self.rules = rules
        self.facts = facts
        self.keeper = keeper
        own = ownCgroup
    }

    /// What happened since the last call.
    package func takeNotes() -> [EnforcementNote] {
        defer { notes.removeAll() }
        return notes
    }

    // MARK: Looking

    /// Finds the cgroups that are there, what they use, and what others changed.
    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    package func refresh(now: Int64) {
        for path in rules.cgroups where !refused.contains(path) {
            follow(path)
            guard let cgroup = cgroups[path] else { continue }
            cgroup.value.measure(now: now)
            for file in ControlFile.allCases where rules.files.contains(file) {
                look(at: file, of: cgroup)
            }
        }
    }

    private func follow(_ path: String) {
        let id = ManagedCgroup.id(root: root, path: path)
        if let known = cgroups[path] {
            if known.value.id == id { return }
            forget(known)
            notes.append(.disappeared(path: path))
        }
        guard id != nil else { return }
        if let own, CgroupPath.lies(own, in: path) {
            refused.insert(path)
            notes.append(.holdsTheAgent(path: path))
            return
        }
        guard let found = ManagedCgroup(root: root, path: path) else { return }
        cgroups[path] = ManagedCgroup.Box(found)
        notes.append(.appeared(path: path))
    }

    private func forget(_ cgroup: ManagedCgroup.Box) {
        let path = cgroup.value.path
        cgroups[path] = nil
        for resource in Resource.measured { wanted[resource]?[path] = nil }
        keeper.forget(cgroupID: cgroup.value.id)
    }

    private func look(at file: ControlFile, of cgroup: ManagedCgroup.Box) {
        guard let text = try? cgroup.value.read(file.rawValue) else {
            cgroup.value.present[file] = nil
            if cgroup.value.isToldMissing.insert(file).inserted {
                notes.append(.fileMissing(path: cgroup.value.path, file: file))
            }
            return
        }
        cgroup.value.present[file] = text
        guard let written = cgroup.value.written[file], written != text else { return }
        foreignChanges += 1
        cgroup.value.written[file] = nil
        cgroup.value.changes[file, default: 0] += 1
        let path = cgroup.value.path
        keeper.leave(place(cgroup, file))
        notes.append(.changedByOthers(path: path, file: file, from: written, to: text))
        if isGivenUp(file, cgroup) { notes.append(.givenUp(path: path, file: file)) }
    }

    private func isGivenUp(_ file: ControlFile, _ cgroup: ManagedCgroup.Box) -> Bool {
        cgroup.value.changes[file, default: 0] >= EnforcementRules.patience
    }

    private func place(_ cgroup: ManagedCgroup.Box, _ file: ControlFile) -> LimitPlace {
        LimitPlace(cgroupID: cgroup.value.id, path: cgroup.value.path, file: file)
    }

    // MARK: Capacity

    /// Whether requests of this pool come here.
    package func manages(_ path: String) -> Bool { rules.cgroups.contains(path) }

    /// The limit that a cgroup has of a resource, at most what the node has; nil when it is not
    /// there or cannot be limited.
    package func observation(of path: String, _ resource: Resource) -> CapacityObservation? {
        guard let cgroup = cgroups[path], let allocatable = facts.allocatable(resource) else {
            return nil
        }
        let own = ControlFile.allCases.filter {
            $0.resource == resource && rules.files.contains($0)
                && cgroup.value.present[$0] != nil && !isGivenUp($0, cgroup)
        }
        guard !own.isEmpty else { return nil }
        let limits = own.compactMap { $0.limit(in: cgroup.value.present[$0] ?? "") }
        // Shares and protection limit nothing: what was last divided stands for it.
        let ready = limits.min() ?? wanted[resource]?[path] ?? allocatable
        return CapacityObservation(
            ready: min(ready, allocatable),
            pending: 0,
            allocatable: allocatable
        )
    }

    /// What a managed cgroup is held to; nothing of others.
    package func observe(
        pool: String, _ resource: Resource, nowNanoseconds: Int64
    ) -> CapacityObservation? {
        observation(of: pool, resource)
    }

    /// Takes the pool's total into the division and sets every limit that follows from it.
    package func reserve(_ request: CapacityRequest) -> CapacityOutcome {
        let resource = request.resource
        guard manages(request.pool), rules.resources.contains(resource) else {
            return .denied(reason: "\(request.pool) is not among the cgroups to enforce")
        }
        guard cgroups[request.pool] != nil else {
            return .denied(reason: "\(request.pool) is not there")
        }
        guard request.amount >= 0, request.amount <= 1e150 else {
            return .denied(reason: "an amount of \(request.amount) is not a capacity")
        }
        guard let allocatable = facts.allocatable(resource) else {
            return .denied(reason: "the node's \(resource.name) is not known")
        }
        wanted[resource, default: [:]][request.pool] = request.amount
        let shares = divide(resource, allocatable)
        let failures = apply(shares.flatMap { changes(for: $0, of: resource, allocatable) })
        if let failure = failures[request.pool] { return .denied(reason: failure) }
        let given = shares.first { $0.path == request.pool }?.amount ?? 0
        guard given < request.amount * (1 - 1e-9) else { return .granted(amount: given) }
        return .partial(
            amount: given,
            reason: "the node has \(Quantity.text(allocatable, of: resource)), all managed cgroups"
                + " want \(Quantity.text(shares.reduce(0) { $0 + $1.wanted }, of: resource))"
        )
    }

    private typealias Share = (path: String, wanted: Double, amount: Double)

    private func divide(_ resource: Resource, _ allocatable: Double) -> [Share] {
        let members = (wanted[resource] ?? [:]).sorted { $0.key < $1.key }
        let claims = members.map { path, amount in
            CapacityClaim(
                priority: rules.preferred.contains(path) ? 1 : 0,
                inUse: floor(resource, path),
                wanted: amount
            )
        }
        let shares = FairShares.divide(allocatable, among: claims)
        return members.indices.map { index in
            // Even what is used may not fit: then it is not taken away, and the kernel decides.
            let share = max(shares[index], claims[index].inUse)
            return (members[index].key, claims[index].wanted, share)
        }
    }

    /// Present use and the margin.
    private func floor(_ resource: Resource, _ path: String) -> Double {
        guard let cgroup = cgroups[path] else { return 0 }
        let measured = cgroup.value.use[resource] ?? 0
        let use = resource == .memory ? cgroup.value.presentMemory ?? measured : measured
        return use * (1 + rules.margin)
    }

    private typealias Change = (cgroup: ManagedCgroup.Box, file: ControlFile, text: String)

    /// What has to be written so that a member has its share.
    private func changes(
        for share: Share,
        of resource: Resource,
        _ allocatable: Double
    ) -> [Change] {
        guard let cgroup = cgroups[share.path] else { return [] }
        return ControlFile.allCases.reversed().compactMap { file in
            guard file.resource == resource, rules.files.contains(file),
                !isGivenUp(file, cgroup), let present = cgroup.value.present[file]
            else { return nil }
            let text = file.text(for: share.amount, present: present, allocatable: allocatable)
            return text == present ? nil : (cgroup, file, text)
        }
    }

    /// Has them written.
    /// - Returns: why a file of a cgroup could not be written, by path.
    private func apply(_ changes: [Change]) -> [String: String] {
        guard !changes.isEmpty else { return [:] }
        let outcomes = keeper.set(
            changes.map { LimitChange(place: place($0.cgroup, $0.file), text: $0.text) })
        var reasons: [String: String] = [:]
        for ((cgroup, file, _), outcome) in zip(changes, outcomes) {
            switch outcome {
            case .success(let kept):
                cgroup.value.present[file] = kept
                cgroup.value.written[file] = kept
            case .failure(let refusal):
                failures += 1
                let path = cgroup.value.path
                reasons[path] = refusal.description
                notes.append(.failed(path: path, file: file, reason: refusal.description))
            }
        }
        return reasons
    }

    // MARK: Putting back

    /// Puts back every value that was changed and not changed again by others.
    package func restore() -> RestoreReport {
        defer {
            wanted = [:]
            cgroups = [:]
        }
        return keeper.restore()
    }
}

extension ManagedCgroup {
    /// A place in a dictionary for what cannot be copied.
    final class Box {
        var value: ManagedCgroup
        init(_ value: consuming ManagedCgroup) { self.value = value }
    }
}
