/// What a cgroup is. Raw values are those of the JSON lines.
package enum CgroupKind: String, CaseIterable, Sendable {
    case root
    /// systemd's groups of units, `kubepods.slice` excepted.
    case slice
    case service
    case scope
    /// A login: `session-2.scope` of a user.
    case session
    /// A unit of another type that has processes of its own: socket, mount, swap.
    case unit

    case docker
    case containerd
    case crio = "cri-o"
    case podman
    /// LXC, LXD and Incus, which the path does not tell apart.
    case lxc
    case nomad
    case buildkit
    case garden
    /// A container of whom the path does not say by what it runs.
    case container
    /// A machine of systemd-machined: systemd-nspawn, libvirt.
    case machine
    /// The process that watches a container from outside: conmon, lxc-monitor.
    case monitor

    case ecsTask = "ecs_task"
    /// All pods of a node or of a QoS class.
    case kubernetesPods = "kubernetes_pods"
    case kubernetesPod = "kubernetes_pod"
    case kubernetesContainer = "kubernetes_container"

    /// A container, a machine, a pod or a part of one: its name says more than its path.
    package var isWorkload: Bool {
        switch self {
        case .root, .slice, .service, .scope, .session, .unit, .kubernetesPods: false
        default: true
        }
    }

    /// Systemd units in here are the host's, so they tell what the cgroup is. Inside anything
    /// else they are the guest's.
    var holdsUnits: Bool { !isWorkload }
}

/// A pod's quality-of-service class.
package enum QoSClass: String, CaseIterable, Sendable {
    case guaranteed
    case burstable
    case besteffort
}
