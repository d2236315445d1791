/// What a cgroup's path says of it: unit, container, pod.
///
/// Nothing but the path is looked at, so that a replay tells the same and a container that is
/// gone already can still be named. The path is not trusted: whoever may make cgroups can make
/// one look like a container.
///
/// Immutable and made once a cgroup, in 1 to 9 µs; windows hand on a reference.
package final class CgroupIdentity: Sendable {
    package let kind: CgroupKind
    /// Which runtime's container it is, or is watched, where `kind` does not say it: in pods and
    /// for monitors.
    package let runtime: CgroupKind?
    /// The systemd unit that the cgroup is or lies in, unescaped; inside a container or machine
    /// that runs systemd, the guest's.
    package let unit: String?
    /// 64 hexadecimal digits: the innermost container's. A monitor has that of its container.
    package let containerID: String?
    /// With dashes where it is a UUID; 32 hexadecimal digits for a static pod.
    package let podUID: String?
    package let qos: QoSClass?
    /// How the manager calls it: an LXC container, a machine, a Nomad allocation and task, an
    /// ECS task, a Garden handle, a build step.
    package let name: String?
    /// What lies between all this and the cgroup, "" for nothing.
    package let inner: String

    /// - Parameter path: absolute, as the agent names cgroups.
    /// - Returns: nil for a cgroup of whom the path says nothing.
    package init?(path: String) {
        let bytes = Array(path.utf8)
        var reading = IdentityReading(bytes)
        let inner = reading.run()
        guard let kind = reading.kind else { return nil }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        self.kind = kind
        runtime = reading.runtime
        unit = reading.unit.map { SystemdName.unit(bytes[$0]) }
        containerID = reading.containerID.map(text)
        podUID = reading.podUID.map { String(text($0).map { $0 == "_" ? "-" : $0 }) }
        qos = reading.qos
        name = reading.name.map { SystemdName.unescape(bytes[$0]) }
        self.inner = text(inner)
    }

    /// A few words: `nginx.service`, `docker 1a2b3c4d5e6f`, `pod 1234abcd container 1a2b3c4d5e6f`.
    package var displayName: String {
        let id = containerID.map { String($0.prefix(12)) }
        let pod = "pod \(podUID?.prefix(8) ?? "?")"
        let own: String
        switch kind {
        case .root: return "/"
        case .slice, .service, .scope, .session, .unit: own = unit ?? kind.rawValue
        case .kubernetesPods: own = "pods \(qos?.rawValue ?? "of all classes")"
        case .kubernetesPod: own = pod
        case .kubernetesContainer: own = "\(pod) container \(id ?? "?")"
        case .ecsTask: own = "ecs task \(name?.prefix(12) ?? "?")"
        case .monitor:
            own = "monitor of \(runtime?.rawValue ?? "container") \(id ?? name ?? "?")"
        default: own = "\(kind.rawValue) \(id ?? name ?? "?")"
        }
        return inner.isEmpty ? own : "\(own)/\(inner)"
    }
}

/// The pass over a path's components, from the root down: what is met later lies deeper and says
/// more.
private struct IdentityReading {
    private let path: [UInt8]
    private let parts: [Range<Int>]
    private(set) var kind: CgroupKind?
    private(set) var runtime: CgroupKind?
    private(set) var unit: Range<Int>?
    private(set) var containerID: Range<Int>?
    private(set) var podUID: Range<Int>?
    private(set) var qos: QoSClass?
    private(set) var name: Range<Int>?

    init(_ path: [UInt8]) {
        self.path = path
        parts = path.split(separator: UInt8(ascii: "/")).map { $0.startIndex..<$0.endIndex }
    }

    /// - Returns: where the part of the path lies that nothing was found for.
    mutating func run() -> Range<Int> {
        guard !parts.isEmpty else {
            kind = .root
            return 0..<0
        }
        // Components up to here are explained.
        var explained = 0
        var at = 0
        while at < parts.count {
            var taken = 1
            let rest = parts[at...]
            for rule in IdentityRule.table {
                guard let captures = rule.pattern.match(path, rest) else { continue }
                taken = rule.pattern.count
                if apply(rule.meaning, captures) { explained = at + taken }
                break
            }
            for index in at..<at + taken {
                guard let type = SystemdName.kind(of: path[parts[index]]) else { continue }
                unit = parts[index]
                guard kind?.holdsUnits ?? true, explained <= index else { continue }
                kind = type
                qos = nil
                explained = index + 1
            }
            at += taken
        }
        return explained < parts.count
            ? parts[explained].lowerBound..<parts[parts.count - 1].upperBound : 0..<0
    }

    /// - Returns: false when the rule says nothing here.
    private mutating func apply(
        _ meaning: IdentityRule.Meaning, _ captures: PathPattern.Captures
    ) -> Bool {
        if let uid = captures.uid {
            enter(.kubernetesPod)
            podUID = uid
            qos = captures.qos.map(qosClass) ?? .guaranteed
        }
        switch meaning {
        case .pod: break
        case .pods:
            enter(.kubernetesPods)
            podUID = nil
            qos = captures.qos.map(qosClass)
        case .task:
            enter(.ecsTask)
            name = captures.name
        case .session:
            guard kind?.holdsUnits ?? true else { return false }
            kind = .session
        case .container(let type):
            let isOfPod = kind == .kubernetesPod
            // A container keeps the name of the task it belongs to.
            let task = kind == .ecsTask ? name : nil
            enter(isOfPod ? .kubernetesContainer : type)
            runtime = isOfPod && type != .container ? type : nil
            containerID = captures.id
            name = captures.name ?? task
        case .monitor(let type):
            enter(.monitor)
            runtime = type
            containerID = captures.id
            name = captures.name
        }
        return true
    }

    /// Leaves what contained it behind, but for the pod.
    private mutating func enter(_ kind: CgroupKind) {
        self.kind = kind
        runtime = nil
        containerID = nil
        name = nil
    }

    private func qosClass(_ range: Range<Int>) -> QoSClass {
        path[range].starts(with: QoSClass.burstable.rawValue.utf8) ? .burstable : .besteffort
    }
}
