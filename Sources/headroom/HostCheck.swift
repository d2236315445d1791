internal import Agent
internal import Glibc
internal import Probes

/// One property of the host that the agent depends on or works better with.
struct HostCheck {
    let name: String
    let found: String
    let isGood: Bool
    let advice: String

    static func all(agentIn directory: RuntimeDirectory) -> [HostCheck] {
        [
            kernel, typeInformation, compiler, cgroups, pressure, lockdown,
            agent(in: directory),
        ]
    }

    private static var kernel: HostCheck {
        let release = read("/proc/sys/kernel/osrelease") ?? "unknown"
        return HostCheck(name: "kernel", found: release, isGood: true, advice: "")
    }

    private static var typeInformation: HostCheck {
        let path = "/sys/kernel/btf/vmlinux"
        let isThere = unsafe access(path, R_OK) == 0
        return HostCheck(
            name: "BTF", found: isThere ? path : "missing", isGood: isThere,
            advice: isThere ? "" : "use a kernel built with CONFIG_DEBUG_INFO_BTF")
    }

    private static var compiler: HostCheck {
        let value = read("/proc/sys/net/core/bpf_jit_enable") ?? "unknown"
        let isOn = value != "0"
        return HostCheck(
            name: "BPF JIT", found: isOn ? "on" : "off", isGood: isOn,
            advice: isOn ? "" : "sysctl net.core.bpf_jit_enable=1: interpreted probes cost several times more")
    }

    private static var cgroups: HostCheck {
        do throws(BPFError) {
            let tree = try CgroupTree()
            let offered = tree.controllers.sorted().joined(separator: " ")
            let isPure = tree.controllers.contains("memory")
            return HostCheck(
                name: "cgroup v2",
                found: "\(tree.mountPoint), controllers: \(offered.isEmpty ? "none (hybrid mode)" : offered)"
                    + (tree.hasPerfEvent ? "; slots by css id" : "; slots by hash"),
                isGood: isPure,
                advice: isPure ? "" : "boot with systemd.unified_cgroup_hierarchy=1 to have all controllers here")
        } catch {
            return HostCheck(
                name: "cgroup v2", found: "not mounted", isGood: false,
                advice: "mount -t cgroup2 none /sys/fs/cgroup")
        }
    }

    private static var pressure: HostCheck {
        let isThere = unsafe access("/proc/pressure/cpu", R_OK) == 0 && read("/proc/pressure/cpu") != nil
        return HostCheck(
            name: "PSI", found: isThere ? "on" : "off", isGood: isThere,
            advice: isThere ? "" : "boot with psi=1; not used yet, nothing depends on it")
    }

    private static var lockdown: HostCheck {
        let text = read("/sys/kernel/security/lockdown") ?? "unavailable"
        let isConfidential = text.contains("[confidentiality]")
        return HostCheck(
            name: "lockdown", found: text, isGood: !isConfidential,
            advice: isConfidential ? "confidentiality mode forbids reading kernel memory from BPF" : "")
    }

    private static func agent(in directory: RuntimeDirectory) -> HostCheck {
        let runs = TableAttachment.agentRuns(in: directory)
        return HostCheck(
            name: "agent", found: runs ? "running" : "not running", isGood: true, advice: "")
    }

    private static func read(_ path: String) -> String? {
        guard let text = try? TextFile.read(path), !text.isEmpty else { return nil }
        return text.split(separator: "\n").first.map(String.init)
    }
}
