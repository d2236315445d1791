/// One line of the table: a piece of path, and what the cgroup at its end is.
struct IdentityRule: Sendable {
    enum Meaning: Sendable {
        case container(CgroupKind)
        /// What watches a container of this kind.
        case monitor(CgroupKind)
        case task
        case pods
        case pod
        case session
    }

    let pattern: PathPattern
    let meaning: Meaning

    private init(_ pattern: StaticString, _ meaning: Meaning) {
        self.pattern = PathPattern(pattern)
        self.meaning = meaning
    }

    /// Tried at each component from the root down. The first that fits wins, so the longer
    /// pattern stands above the shorter. `PathPattern` has the language.
    static let table: [IdentityRule] = [
        // Kubernetes. The kubelet's systemd driver; runc's cgroupfs driver given a name that was
        // meant for systemd (k3s, old containerd); cgroupfs driver. A guaranteed pod has no QoS
        // in its path.
        IdentityRule("*kubepods-<qos>-pod<uid>.slice:cri-containerd:<id>", .container(.containerd)),
        IdentityRule("*kubepods-pod<uid>.slice:cri-containerd:<id>", .container(.containerd)),
        IdentityRule("*kubepods-<qos>-pod<uid>.slice:crio:<id>", .container(.crio)),
        IdentityRule("*kubepods-pod<uid>.slice:crio:<id>", .container(.crio)),
        IdentityRule("*kubepods-<qos>-pod<uid>.slice", .pod),
        IdentityRule("*kubepods-pod<uid>.slice", .pod),
        IdentityRule("*kubepods-<qos>.slice", .pods),
        IdentityRule("*kubepods.slice", .pods),
        IdentityRule("kubepods/<qos>/pod<uid>", .pod),
        IdentityRule("kubepods/pod<uid>", .pod),
        IdentityRule("kubepods/<qos>", .pods),
        IdentityRule("kubepods", .pods),

        // Docker. With the builder's container below a cgroup of buildx; balena is a fork.
        IdentityRule("docker-<id>.scope", .container(.docker)),
        IdentityRule("docker/<id>", .container(.docker)),
        IdentityRule("docker/buildx/<id>", .container(.docker)),
        IdentityRule("*:docker:<id>", .container(.docker)),
        IdentityRule("balena-<id>.scope", .container(.docker)),
        IdentityRule("balena/<id>", .container(.docker)),

        // containerd. Its clients' namespaces with cgroupfs, their prefixes with systemd.
        IdentityRule("cri-containerd-<id>.scope", .container(.containerd)),
        IdentityRule("containerd-<id>.scope", .container(.containerd)),
        IdentityRule("nerdctl-<id>.scope", .container(.containerd)),
        IdentityRule("default/<id>", .container(.containerd)),
        IdentityRule("k8s.io/<id>", .container(.containerd)),
        IdentityRule("*:cri-containerd:<id>", .container(.containerd)),
        IdentityRule("*:nerdctl:<id>", .container(.containerd)),

        // CRI-O
        IdentityRule("crio-conmon-<id>.scope", .monitor(.crio)),
        IdentityRule("crio-conmon-<id>", .monitor(.crio)),
        IdentityRule("crio-<id>.scope", .container(.crio)),
        IdentityRule("crio-<id>", .container(.crio)),
        IdentityRule("*:crio:<id>", .container(.crio)),

        // podman. A payload is what --cgroups=split makes inside a service (Quadlet).
        IdentityRule("libpod-conmon-<id>.scope", .monitor(.podman)),
        IdentityRule("libpod-payload-<id>", .container(.podman)),
        IdentityRule("libpod-<id>.scope", .container(.podman)),
        IdentityRule("libpod-<id>", .container(.podman)),
        IdentityRule("*:libpod:<id>", .container(.podman)),

        // LXC, LXD, Incus: 4.0 and later, with cgroup v1 slashes, before 4.0 and Proxmox.
        IdentityRule("lxc.monitor.<name>", .monitor(.lxc)),
        IdentityRule("lxc.monitor/<name>", .monitor(.lxc)),
        IdentityRule("lxc.payload.<name>", .container(.lxc)),
        IdentityRule("lxc.payload/<name>", .container(.lxc)),
        IdentityRule("lxc/<name>", .container(.lxc)),

        // Machines: nspawn's template unit, and what registers with machined.
        IdentityRule("systemd-nspawn@<name>.service", .container(.machine)),
        IdentityRule("machine-<name>.scope", .container(.machine)),

        // Amazon ECS
        IdentityRule("ecs/<task>/<id>", .container(.docker)),
        IdentityRule("ecs/<task>", .task),
        IdentityRule("ecstasks-<task>.slice", .task),

        // Nomad: cgroup v2 with and without partitions, then v1.
        IdentityRule("nomad.slice/share.slice/<alloc>.scope", .container(.nomad)),
        IdentityRule("nomad.slice/reserve.slice/<alloc>.scope", .container(.nomad)),
        IdentityRule("nomad.slice/<alloc>.scope", .container(.nomad)),
        IdentityRule("nomad/share/<alloc>", .container(.nomad)),
        IdentityRule("nomad/reserve/<alloc>", .container(.nomad)),
        IdentityRule("nomad/<alloc>", .container(.nomad)),

        // A build step, in Docker's daemon or in a builder's container.
        IdentityRule("buildkit/<ref>", .container(.buildkit)),

        // Garden: Cloud Foundry, Concourse.
        IdentityRule("garden/good/<handle>", .container(.garden)),
        IdentityRule("garden/bad/<handle>", .container(.garden)),
        IdentityRule("garden/<handle>", .container(.garden)),

        IdentityRule("user-<user>.slice/session-<session>.scope", .session),

        // A container below any other parent: a pod of the cgroupfs driver, --cgroup-parent.
        IdentityRule("<id>", .container(.container)),
    ]
}
