import Aggregates

extension IdentitySample {
    /// Ids as runtimes make them; `escaped` is `unescaped` in a name of systemd's.
    private static let id = "6d393320601b821561e43bd46f658284cb172cf297ecc3d3665be657870d32e2"
    private static let inner = "219d7afb8e7450929eaeb06f2d27cbf7183bfa5b55b7275696f3df4154a979af"
    private static let pod = "2c48913c-b29f-11e7-9350-020968147796"
    private static let escaped = "57e67067_89e4_4001_bdd4_8632d39ea02b"
    private static let unescaped = "57e67067-89e4-4001-bdd4-8632d39ea02b"
    private static let alloc = "4744f0ea-7616-ab3a-a420-8e25056e3861"
    private static let task = "e95a40efbde84cbc8600660a109ec194"

    static let all =
        host
        + users
        + docker
        + containerd
        + podman
        + kubernetesSystemd
        + kubernetesCgroupfs
        + kubernetesColons
        + kubernetesNested
        + lxc
        + machines
        + ecs
        + nomad
        + others
        + nearly

    /// The host.
    private static let host: [IdentitySample] = [
        IdentitySample(path: "/", kind: .root, display: "/"),
        IdentitySample(
            path: "/system.slice", kind: .slice, unit: "system.slice", display: "system.slice"),
        IdentitySample(
            path: "/system.slice/nginx.service", kind: .service, unit: "nginx.service",
            display: "nginx.service"),
        IdentitySample(
            path: "/system.slice/system-getty.slice/getty@tty1.service", kind: .service,
            unit: "getty@tty1.service", display: "getty@tty1.service"),
        IdentitySample(
            path: "/system.slice/system-postgresql.slice/postgresql@15-main.service",
            kind: .service, unit: "postgresql@15-main.service",
            display: "postgresql@15-main.service"),
        IdentitySample(
            path: #"/system.slice/system-serial\x2dgetty.slice"#, kind: .slice,
            unit: "system-serial-getty.slice", display: "system-serial-getty.slice"),
        IdentitySample(
            path: #"/system.slice/system-systemd\x2dcryptsetup.slice/systemd-cryptsetup@dm\x2dcrypt.service"#,
            kind: .service, unit: "systemd-cryptsetup@dm-crypt.service",
            display: "systemd-cryptsetup@dm-crypt.service"),
        IdentitySample(
            path: "/system.slice/docker.service", kind: .service, unit: "docker.service",
            display: "docker.service"),
        IdentitySample(
            path: "/system.slice/nginx.service/workers", kind: .service, unit: "nginx.service",
            inner: "workers", display: "nginx.service/workers"),
        IdentitySample(
            path: "/init.scope", kind: .scope, unit: "init.scope", display: "init.scope"),
        IdentitySample(
            path: "/system.slice/docker.socket", kind: .unit, unit: "docker.socket",
            display: "docker.socket"),
        IdentitySample(
            path: #"/system.slice/dev-disk-by\x2duuid-0a1b.swap"#, kind: .unit,
            unit: "dev-disk-by-uuid-0a1b.swap", display: "dev-disk-by-uuid-0a1b.swap"),
        IdentitySample(
            path: "/system.slice/boot-efi.mount", kind: .unit, unit: "boot-efi.mount",
            display: "boot-efi.mount"),
        IdentitySample(
            path: "/system.slice/_cpu.service", kind: .service, unit: "cpu.service",
            display: "cpu.service"),
        IdentitySample(
            path: "/system.slice/slurmstepd.scope/job_42/step_0/user/task_0", kind: .scope,
            unit: "slurmstepd.scope", inner: "job_42/step_0/user/task_0",
            display: "slurmstepd.scope/job_42/step_0/user/task_0"),
    ]

    /// Users.
    private static let users: [IdentitySample] = [
        IdentitySample(
            path: "/user.slice/user-1000.slice", kind: .slice, unit: "user-1000.slice",
            display: "user-1000.slice"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/session-2.scope", kind: .session,
            unit: "session-2.scope", display: "session-2.scope"),
        IdentitySample(
            path: "/user.slice/user-120.slice/session-c1.scope", kind: .session,
            unit: "session-c1.scope", display: "session-c1.scope"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service", kind: .service,
            unit: "user@1000.service", display: "user@1000.service"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service/init.scope", kind: .scope,
            unit: "init.scope", display: "init.scope"),
        IdentitySample(
            path: #"/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.gnome.Terminal\x2d4711.scope"#,
            kind: .scope, unit: "app-gnome-org.gnome.Terminal-4711.scope",
            display: "app-gnome-org.gnome.Terminal-4711.scope"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service",
            kind: .service, unit: "dbus.service", display: "dbus.service"),
    ]

    /// Docker.
    private static let docker: [IdentitySample] = [
        IdentitySample(
            path: "/docker/\(id)", kind: .docker, id: id, display: "docker 6d393320601b"),
        IdentitySample(
            path: "/system.slice/docker-\(id).scope", kind: .docker,
            unit: "docker-\(id).scope", id: id, display: "docker 6d393320601b"),
        IdentitySample(
            path: "/docker/\(id)/init.scope", kind: .docker, unit: "init.scope", id: id,
            inner: "init.scope", display: "docker 6d393320601b/init.scope"),
        IdentitySample(
            path: "/docker/\(id)/docker/\(inner)", kind: .docker, id: inner,
            display: "docker 219d7afb8e74"),
        IdentitySample(
            path: "/docker/\(id)/system.slice/docker-\(inner).scope", kind: .docker,
            unit: "docker-\(inner).scope", id: inner, display: "docker 219d7afb8e74"),
        IdentitySample(
            path: "/system.slice:docker:\(id)", kind: .docker, id: id,
            display: "docker 6d393320601b"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-\(id).scope",
            kind: .docker, unit: "docker-\(id).scope", id: id, display: "docker 6d393320601b"),
        IdentitySample(
            path: "/balena/\(id)", kind: .docker, id: id, display: "docker 6d393320601b"),
        IdentitySample(
            path: "/docker/buildx/\(id)", kind: .docker, id: id, display: "docker 6d393320601b"),
        IdentitySample(path: "/docker", kind: nil, display: ""),
        IdentitySample(
            path: "/system.slice/balena-\(id).scope", kind: .docker,
            unit: "balena-\(id).scope", id: id, display: "docker 6d393320601b"),
    ]

    /// containerd and CRI-O without Kubernetes, and containers of nobody known.
    private static let containerd: [IdentitySample] = [
        IdentitySample(
            path: "/default/\(id)", kind: .containerd, id: id,
            display: "containerd 6d393320601b"),
        IdentitySample(
            path: "/system.slice/nerdctl-\(id).scope", kind: .containerd,
            unit: "nerdctl-\(id).scope", id: id, display: "containerd 6d393320601b"),
        IdentitySample(
            path: "/system.slice/containerd.service", kind: .service,
            unit: "containerd.service", display: "containerd.service"),
        IdentitySample(
            path: "/actions_job/\(id)", kind: .container, id: id,
            display: "container 6d393320601b"),
        IdentitySample(path: "/\(id)", kind: .container, id: id, display: "container 6d393320601b"),
        IdentitySample(
            path: "/k8s.io/\(id)", kind: .containerd, id: id, display: "containerd 6d393320601b"),
        IdentitySample(
            path: "/system.slice/containerd-\(id).scope", kind: .containerd,
            unit: "containerd-\(id).scope", id: id, display: "containerd 6d393320601b"),
        IdentitySample(
            path: "/system.slice:nerdctl:\(id)", kind: .containerd, id: id,
            display: "containerd 6d393320601b"),
        IdentitySample(
            path: "/system.slice:cri-containerd:\(id)", kind: .containerd, id: id,
            display: "containerd 6d393320601b"),
        IdentitySample(
            path: "/system.slice/crio-\(id).scope", kind: .crio, unit: "crio-\(id).scope",
            id: id, display: "cri-o 6d393320601b"),
        IdentitySample(
            path: "/system.slice:crio:\(id)", kind: .crio, id: id, display: "cri-o 6d393320601b"),
    ]

    /// podman.
    private static let podman: [IdentitySample] = [
        IdentitySample(
            path: "/machine.slice/libpod-\(id).scope", kind: .podman,
            unit: "libpod-\(id).scope", id: id, display: "podman 6d393320601b"),
        IdentitySample(
            path: "/machine.slice/libpod-\(id).scope/container", kind: .podman,
            unit: "libpod-\(id).scope", id: id, inner: "container",
            display: "podman 6d393320601b/container"),
        IdentitySample(
            path: "/machine.slice/libpod-conmon-\(id).scope", kind: .monitor, runtime: .podman,
            unit: "libpod-conmon-\(id).scope", id: id, display: "monitor of podman 6d393320601b"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope",
            kind: .podman, unit: "libpod-\(id).scope", id: id, display: "podman 6d393320601b"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service/user.slice/podman-2451.scope",
            kind: .scope, unit: "podman-2451.scope", display: "podman-2451.scope"),
        IdentitySample(
            path: "/user.slice/user-1000.slice/user@1000.service/app.slice/redis.service/libpod-payload-\(id)",
            kind: .podman, unit: "redis.service", id: id, display: "podman 6d393320601b"),
        IdentitySample(
            path: "/system.slice/nginx.service/libpod-payload-\(id)", kind: .podman,
            unit: "nginx.service", id: id, display: "podman 6d393320601b"),
        IdentitySample(
            path: "/system.slice/nginx.service/runtime", kind: .service, unit: "nginx.service",
            inner: "runtime", display: "nginx.service/runtime"),
        IdentitySample(
            path: "/machine.slice/machine-libpod_pod_\(inner).slice", kind: .slice,
            unit: "machine-libpod_pod_\(inner).slice",
            display: "machine-libpod_pod_\(inner).slice"),
        IdentitySample(
            path: "/machine.slice/machine-libpod_pod_\(inner).slice/libpod-\(id).scope",
            kind: .podman, unit: "libpod-\(id).scope", id: id, display: "podman 6d393320601b"),
        IdentitySample(
            path: "/libpod_parent/libpod-\(id)", kind: .podman, id: id,
            display: "podman 6d393320601b"),
        IdentitySample(path: "/libpod_parent/conmon", kind: nil, display: ""),
        IdentitySample(
            path: "/machine.slice:libpod:\(id)", kind: .podman, id: id,
            display: "podman 6d393320601b"),
    ]

    /// Kubernetes, systemd driver.
    private static let kubernetesSystemd: [IdentitySample] = [
        IdentitySample(
            path: "/kubepods.slice", kind: .kubernetesPods, unit: "kubepods.slice",
            display: "pods of all classes"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice", kind: .kubernetesPods,
            unit: "kubepods-burstable.slice", qos: .burstable, display: "pods burstable"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice",
            kind: .kubernetesPod, unit: "kubepods-burstable-pod\(escaped).slice",
            pod: unescaped, qos: .burstable, display: "pod 57e67067"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice/cri-containerd-\(id).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(id).scope", id: id, pod: unescaped, qos: .burstable,
            display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice/crio-\(id).scope",
            kind: .kubernetesContainer, runtime: .crio, unit: "crio-\(id).scope", id: id,
            pod: unescaped, qos: .burstable, display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice/crio-\(id).scope/container",
            kind: .kubernetesContainer, runtime: .crio, unit: "crio-\(id).scope", id: id,
            pod: unescaped, qos: .burstable, inner: "container",
            display: "pod 57e67067 container 6d393320601b/container"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice/crio-conmon-\(id).scope",
            kind: .monitor, runtime: .crio, unit: "crio-conmon-\(id).scope", id: id,
            pod: unescaped, qos: .burstable, display: "monitor of cri-o 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice/docker-\(id).scope",
            kind: .kubernetesContainer, runtime: .docker, unit: "docker-\(id).scope", id: id,
            pod: unescaped, qos: .burstable, display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(escaped).slice/cri-containerd-\(id).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(id).scope", id: id, pod: unescaped, qos: .besteffort,
            display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-pod\(escaped).slice/cri-containerd-\(id).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(id).scope", id: id, pod: unescaped, qos: .guaranteed,
            display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(task).slice/cri-containerd-\(id).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(id).scope", id: id, pod: task, qos: .burstable,
            display: "pod e95a40ef container 6d393320601b"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escaped).slice/libpod-\(id).scope",
            kind: .kubernetesContainer, runtime: .podman, unit: "libpod-\(id).scope", id: id,
            pod: unescaped, qos: .burstable, display: "pod 57e67067 container 6d393320601b"),
    ]

    /// Kubernetes, cgroupfs driver.
    private static let kubernetesCgroupfs: [IdentitySample] = [
        IdentitySample(path: "/kubepods", kind: .kubernetesPods, display: "pods of all classes"),
        IdentitySample(
            path: "/kubepods/besteffort", kind: .kubernetesPods, qos: .besteffort,
            display: "pods besteffort"),
        IdentitySample(
            path: "/kubepods/burstable/pod\(pod)", kind: .kubernetesPod, pod: pod,
            qos: .burstable, display: "pod 2c48913c"),
        IdentitySample(
            path: "/kubepods/burstable/pod\(pod)/\(id)", kind: .kubernetesContainer, id: id,
            pod: pod, qos: .burstable, display: "pod 2c48913c container 6d393320601b"),
        IdentitySample(
            path: "/kubepods/besteffort/pod\(pod)/\(id)", kind: .kubernetesContainer, id: id,
            pod: pod, qos: .besteffort, display: "pod 2c48913c container 6d393320601b"),
        IdentitySample(
            path: "/kubepods/pod\(pod)/\(id)", kind: .kubernetesContainer, id: id, pod: pod,
            qos: .guaranteed, display: "pod 2c48913c container 6d393320601b"),
        IdentitySample(
            path: "/kubepods/burstable/pod\(pod)/crio-\(id)", kind: .kubernetesContainer,
            runtime: .crio, id: id, pod: pod, qos: .burstable,
            display: "pod 2c48913c container 6d393320601b"),
        IdentitySample(
            path: "/kubepods/burstable/pod\(pod)/crio-conmon-\(id)", kind: .monitor,
            runtime: .crio, id: id, pod: pod, qos: .burstable,
            display: "monitor of cri-o 6d393320601b"),
        IdentitySample(
            path: "/kubepods/burstable/pod\(pod)/\(id)/docker/\(inner)", kind: .docker,
            id: inner, pod: pod, qos: .burstable, display: "docker 219d7afb8e74"),
    ]

    /// Kubernetes: k3s, old containerd, CRI-O with names for systemd in cgroupfs.
    private static let kubernetesColons: [IdentitySample] = [
        IdentitySample(
            path: "/system.slice/containerd.service/kubepods-besteffort-pod\(escaped).slice:cri-containerd:\(id)",
            kind: .kubernetesContainer, runtime: .containerd, unit: "containerd.service",
            id: id, pod: unescaped, qos: .besteffort,
            display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/system.slice/k3s.service/kubepods-pod\(escaped).slice:cri-containerd:\(id)",
            kind: .kubernetesContainer, runtime: .containerd, unit: "k3s.service", id: id,
            pod: unescaped, qos: .guaranteed, display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods-burstable-pod\(escaped).slice:cri-containerd:\(id)",
            kind: .kubernetesContainer, runtime: .containerd, id: id, pod: unescaped,
            qos: .burstable, display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/kubepods-burstable-pod\(escaped).slice:crio:\(id)",
            kind: .kubernetesContainer, runtime: .crio, id: id, pod: unescaped,
            qos: .burstable, display: "pod 57e67067 container 6d393320601b"),
        IdentitySample(
            path: "/system.slice/k3s.service", kind: .service, unit: "k3s.service",
            display: "k3s.service"),
        IdentitySample(
            path: "/kubepods-pod\(escaped).slice:crio:\(id)", kind: .kubernetesContainer,
            runtime: .crio, id: id, pod: unescaped, qos: .guaranteed,
            display: "pod 57e67067 container 6d393320601b"),
    ]

    /// Kubernetes inside Docker: kind, minikube, k3d.
    private static let kubernetesNested: [IdentitySample] = [
        IdentitySample(
            path:
                "/docker/\(id)/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod\(escaped).slice/cri-containerd-\(inner).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(inner).scope", id: inner, pod: unescaped, qos: .burstable,
            display: "pod 57e67067 container 219d7afb8e74"),
        IdentitySample(
            path:
                "/system.slice/docker-\(id).scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod\(escaped).slice/cri-containerd-\(inner).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(inner).scope", id: inner, pod: unescaped, qos: .burstable,
            display: "pod 57e67067 container 219d7afb8e74"),
        IdentitySample(
            path: "/docker/\(id)/kubelet.slice", kind: .docker, unit: "kubelet.slice", id: id,
            inner: "kubelet.slice", display: "docker 6d393320601b/kubelet.slice"),
        IdentitySample(
            path: "/docker/\(id)/kubelet.slice/kubelet-kubepods.slice", kind: .kubernetesPods,
            unit: "kubelet-kubepods.slice", display: "pods of all classes"),
        IdentitySample(
            path: "/docker/\(id)/kubelet.slice/kubelet.service", kind: .docker,
            unit: "kubelet.service", id: id, inner: "kubelet.slice/kubelet.service",
            display: "docker 6d393320601b/kubelet.slice/kubelet.service"),
        IdentitySample(
            path: "/docker/\(id)/kubelet/kubepods/besteffort/pod\(pod)/\(inner)",
            kind: .kubernetesContainer, id: inner, pod: pod, qos: .besteffort,
            display: "pod 2c48913c container 219d7afb8e74"),
        IdentitySample(
            path: "/docker/\(id)/kubepods/burstable/pod\(pod)", kind: .kubernetesPod, pod: pod,
            qos: .burstable, display: "pod 2c48913c"),
        IdentitySample(
            path:
                "/machine.slice/libpod-\(id).scope/container/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod\(escaped).slice/cri-containerd-\(inner).scope",
            kind: .kubernetesContainer, runtime: .containerd,
            unit: "cri-containerd-\(inner).scope", id: inner, pod: unescaped, qos: .burstable,
            display: "pod 57e67067 container 219d7afb8e74"),
    ]

    /// LXC, LXD, Incus, Proxmox.
    private static let lxc: [IdentitySample] = [
        IdentitySample(path: "/lxc.payload.web1", kind: .lxc, name: "web1", display: "lxc web1"),
        IdentitySample(
            path: "/lxc.payload.snapcraft_some-container/init.scope", kind: .lxc,
            unit: "init.scope", name: "snapcraft_some-container", inner: "init.scope",
            display: "lxc snapcraft_some-container/init.scope"),
        IdentitySample(
            path: "/lxc.payload.web1/system.slice/nginx.service", kind: .lxc,
            unit: "nginx.service", name: "web1", inner: "system.slice/nginx.service",
            display: "lxc web1/system.slice/nginx.service"),
        IdentitySample(
            path: "/lxc.payload.web1/user.slice/user-0.slice/session-1.scope", kind: .lxc,
            unit: "session-1.scope", name: "web1",
            inner: "user.slice/user-0.slice/session-1.scope",
            display: "lxc web1/user.slice/user-0.slice/session-1.scope"),
        IdentitySample(
            path: "/lxc.monitor.web1", kind: .monitor, runtime: .lxc, name: "web1",
            display: "monitor of lxc web1"),
        IdentitySample(path: "/lxc.payload/c1", kind: .lxc, name: "c1", display: "lxc c1"),
        IdentitySample(
            path: "/lxc.monitor/101", kind: .monitor, runtime: .lxc, name: "101",
            display: "monitor of lxc 101"),
        IdentitySample(
            path: "/lxc/101/ns/system.slice/ssh.service", kind: .lxc, unit: "ssh.service",
            name: "101", inner: "ns/system.slice/ssh.service",
            display: "lxc 101/ns/system.slice/ssh.service"),
        IdentitySample(
            path: "/lxc.payload.web1/system.slice/docker-\(id).scope", kind: .docker,
            unit: "docker-\(id).scope", id: id, display: "docker 6d393320601b"),
    ]

    /// systemd-nspawn and other machines.
    private static let machines: [IdentitySample] = [
        IdentitySample(
            path: "/machine.slice/systemd-nspawn@bookworm.service", kind: .machine,
            unit: "systemd-nspawn@bookworm.service", name: "bookworm",
            display: "machine bookworm"),
        IdentitySample(
            path: "/machine.slice/systemd-nspawn@bookworm.service/payload/system.slice/cron.service",
            kind: .machine, unit: "cron.service", name: "bookworm",
            inner: "payload/system.slice/cron.service",
            display: "machine bookworm/payload/system.slice/cron.service"),
        IdentitySample(
            path: "/machine.slice/systemd-nspawn@bookworm.service/supervisor", kind: .machine,
            unit: "systemd-nspawn@bookworm.service", name: "bookworm", inner: "supervisor",
            display: "machine bookworm/supervisor"),
        IdentitySample(
            path: "/machine.slice/machine-bookworm.scope/payload", kind: .machine,
            unit: "machine-bookworm.scope", name: "bookworm", inner: "payload",
            display: "machine bookworm/payload"),
        IdentitySample(
            path: #"/machine.slice/machine-qemu\x2d1\x2ddb.scope/libvirt/emulator"#,
            kind: .machine, unit: "machine-qemu-1-db.scope", name: "qemu-1-db",
            inner: "libvirt/emulator", display: "machine qemu-1-db/libvirt/emulator"),
    ]

    /// Amazon ECS.
    private static let ecs: [IdentitySample] = [
        IdentitySample(
            path: "/ecs/\(task)", kind: .ecsTask, name: task, display: "ecs task e95a40efbde8"),
        IdentitySample(
            path: "/ecs/\(task)/\(id)", kind: .docker, id: id, name: task,
            display: "docker 6d393320601b"),
        IdentitySample(
            path: "/ecs/\(alloc)/\(id)", kind: .docker, id: id, name: alloc,
            display: "docker 6d393320601b"),
        IdentitySample(
            path: "/ecstasks.slice/ecstasks-\(task).slice", kind: .ecsTask,
            unit: "ecstasks-\(task).slice", name: task, display: "ecs task e95a40efbde8"),
        IdentitySample(
            path: "/ecstasks.slice/ecstasks-\(task).slice/docker-\(id).scope", kind: .docker,
            unit: "docker-\(id).scope", id: id, name: task, display: "docker 6d393320601b"),
    ]

    /// Nomad.
    private static let nomad: [IdentitySample] = [
        IdentitySample(
            path: "/nomad.slice/share.slice/\(alloc).web.scope", kind: .nomad,
            unit: "\(alloc).web.scope", name: "\(alloc).web", display: "nomad \(alloc).web"),
        IdentitySample(
            path: "/nomad.slice/reserve.slice/\(alloc).db.scope", kind: .nomad,
            unit: "\(alloc).db.scope", name: "\(alloc).db", display: "nomad \(alloc).db"),
        IdentitySample(
            path: "/nomad.slice/\(alloc).sleep.scope", kind: .nomad,
            unit: "\(alloc).sleep.scope", name: "\(alloc).sleep",
            display: "nomad \(alloc).sleep"),
        IdentitySample(
            path: "/nomad/\(alloc).redis", kind: .nomad, name: "\(alloc).redis",
            display: "nomad \(alloc).redis"),
        IdentitySample(
            path: "/nomad.slice/docker-\(id).scope", kind: .docker, unit: "docker-\(id).scope",
            id: id, display: "docker 6d393320601b"),
        IdentitySample(
            path: "/nomad.slice/share.slice", kind: .slice, unit: "share.slice",
            display: "share.slice"),
        IdentitySample(
            path: "/nomad/reserve/\(alloc).redis", kind: .nomad, name: "\(alloc).redis",
            display: "nomad \(alloc).redis"),
        IdentitySample(
            path: "/nomad/share/\(alloc).redis", kind: .nomad, name: "\(alloc).redis",
            display: "nomad \(alloc).redis"),
    ]

    /// BuildKit, Garden.
    private static let others: [IdentitySample] = [
        IdentitySample(
            path: "/docker/buildkit/5cf82fwiumld3vcs5d5l5pzyv", kind: .buildkit,
            name: "5cf82fwiumld3vcs5d5l5pzyv", display: "buildkit 5cf82fwiumld3vcs5d5l5pzyv"),
        IdentitySample(
            path: "/docker/\(id)/buildkit/5cf82fwiumld3vcs5d5l5pzyv", kind: .buildkit,
            name: "5cf82fwiumld3vcs5d5l5pzyv", display: "buildkit 5cf82fwiumld3vcs5d5l5pzyv"),
        IdentitySample(
            path: "/system.slice/garden.service/garden/good/2f57368b-0eda-4e52-64d8-af5c",
            kind: .garden, unit: "garden.service", name: "2f57368b-0eda-4e52-64d8-af5c",
            display: "garden 2f57368b-0eda-4e52-64d8-af5c"),
        IdentitySample(
            path: "/garden/2f57368b-0eda-4e52-64d8-af5c", kind: .garden,
            name: "2f57368b-0eda-4e52-64d8-af5c", display: "garden 2f57368b-0eda-4e52-64d8-af5c"),
        IdentitySample(path: "/garden/good", kind: nil, display: ""),
        IdentitySample(
            path: "/garden/bad/2f57368b-0eda-4e52-64d8-af5c", kind: .garden,
            name: "2f57368b-0eda-4e52-64d8-af5c", display: "garden 2f57368b-0eda-4e52-64d8-af5c"),
    ]

    /// Nearly: not what they look like.
    private static let nearly: [IdentitySample] = [
        IdentitySample(
            path: "/docker/6d393320601b821561e43bd46f658284cb172cf297ecc3d3665be657870d32e",
            kind: nil, display: ""),
        IdentitySample(path: "/docker/\(id)0", kind: nil, display: ""),
        IdentitySample(
            path: "/docker/6D393320601B821561E43BD46F658284CB172CF297ECC3D3665BE657870D32E2",
            kind: nil, display: ""),
        IdentitySample(
            path: "/docker/6d393320601b821561e43bd46f658284cb172cf297ecc3d3665be657870d32eg",
            kind: nil, display: ""),
        IdentitySample(
            path: "/system.slice/docker-6d393320601b821561e43bd46f658284cb172cf2.scope",
            kind: .scope, unit: "docker-6d393320601b821561e43bd46f658284cb172cf2.scope",
            display: "docker-6d393320601b821561e43bd46f658284cb172cf2.scope"),
        IdentitySample(
            path: "/kubepods/burstable/pod2c48913c-b29f-11e7-9350-02096814779",
            kind: .kubernetesPods, qos: .burstable,
            inner: "pod2c48913c-b29f-11e7-9350-02096814779",
            display: "pods burstable/pod2c48913c-b29f-11e7-9350-02096814779"),
        IdentitySample(
            path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod57e67067_89e4-4001_bdd4_8632d39ea02b.slice",
            kind: .slice,
            unit: "kubepods-burstable-pod57e67067_89e4-4001_bdd4_8632d39ea02b.slice",
            display: "kubepods-burstable-pod57e67067_89e4-4001_bdd4_8632d39ea02b.slice"),
        IdentitySample(path: "/(other)", kind: nil, display: ""),
        IdentitySample(path: "/build/.service", kind: nil, display: ""),
        IdentitySample(path: "/build/my jobs.service", kind: nil, display: ""),
        IdentitySample(
            path: "/process_api/f384f9e66218e4885fe4c5ee6c26a592", kind: nil, display: ""),
    ]
}
