import Foundation
import Glibc
import TestSupport
import YAML

/// The agent as the DaemonSet of deploy/kubernetes has it run, in a container that runc makes: its user,
/// capabilities, mounts, environment and configuration are read from the manifests.
///
/// Host paths of the agent's own are the test's; /sys/fs/cgroup is where this host has its v2 tree. runc knows no
/// seccomp profile unless it is given one, which is the manifest's Unconfined.
final class ManifestAgent {
    static let needed = ["BPF", "PERFMON", "NET_ADMIN"]
    private static let numbers = ["BPF": 39, "PERFMON": 38, "NET_ADMIN": 12, "SYS_RESOURCE": 24]

    let scratch = try! Scratch()
    let id = (0..<64).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
    let podUID = "7f0c0c7e-5f39-4a5b-9d2e-3f1f7c0a9b11"
    let cgroup: String
    private let parent = "/" + TestCgroup.uniqueName("daemonset")
    private let bundle: String
    private let manifest: Manifest
    private let container: YAMLNode
    private var process: ChildProcess?

    /// - Parameter capability: one of the manifest's that is not given.
    init(without capability: String? = nil, arguments: [String]) throws {
        manifest = try Manifest.one("DaemonSet", "headroom-agent")
        container = try manifest.container("agent")
        cgroup = "\(parent)/kubepods/burstable/pod\(podUID)/\(id)"
        bundle = scratch.path("bundle")
        try prepare(without: capability, arguments: arguments)
        process = try ChildProcess(
            [try RuncContainer.find("runc"), "--root", bundle + "/state", "run", "--bundle", bundle, id],
            output: scratch.path("output"), error: scratch.path("errors"))
    }

    deinit {
        process?.stop(SIGTERM)
        _ = try? ChildProcess(
            [RuncContainer.find("runc"), "--root", bundle + "/state", "delete", "--force", id],
            output: "/dev/null", error: "/dev/null"
        ).wait()
        let depth = cgroup.split(separator: "/").count
        for root in RuncContainer.hierarchies {
            var path = Substring(root + cgroup)
            for _ in 0..<depth {
                unsafe rmdir(String(path))
                path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            }
        }
    }

    var exitCode: Int32 { process?.exitCode ?? -1 }

    /// On the host: what the manifest mounts at `path` in the container.
    func host(_ path: String) -> String { scratch.path("host" + path) }

    private func prepare(without capability: String?, arguments: [String]) throws {
        let files = FileManager.default
        let root = bundle + "/rootfs"
        try files.createDirectory(atPath: root + "/usr/local/bin", withIntermediateDirectories: true)
        try files.copyItem(atPath: StaticBinary.path, toPath: root + "/usr/local/bin/headroom")
        _ = try ChildProcess(
            [try RuncContainer.find("runc"), "spec", "--bundle", bundle], output: "/dev/null", error: "/dev/null"
        ).wait()
        let file = URL(fileURLWithPath: bundle + "/config.json")
        guard var specification = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any],
            var program = specification["process"] as? [String: Any],
            var linux = specification["linux"] as? [String: Any],
            let namespaces = linux["namespaces"] as? [[String: Any]],
            let mounts = specification["mounts"] as? [[String: Any]]
        else { throw TestFailure("runc spec wrote something else") }

        guard let context = container["securityContext"], let user = context["runAsUser"]?.text.flatMap(Int.init),
            let group = context["runAsGroup"]?.text.flatMap(Int.init)
        else { throw TestFailure("\(manifest.title): no user and group") }
        program["terminal"] = false
        program["args"] = (container["command"]?.texts ?? []) + (container["args"]?.texts ?? []) + arguments
        program["env"] =
            ["PATH=/usr/local/bin"]
            + (container["env"]?.items ?? []).map { "\($0["name"]?.text ?? "")=\($0["value"]?.text ?? "")" }
        program["user"] = ["uid": user, "gid": group]
        program["noNewPrivileges"] = context["allowPrivilegeEscalation"]?.text == "false"
        let given = try Self.grantable(context["capabilities", "add"]?.texts ?? [])
            .filter { $0 != capability }.map { "CAP_\($0)" }
        program["capabilities"] = ["bounding": given, "effective": given, "permitted": given]
        program["rlimits"] = nil
        specification["root"] = [
            "path": "rootfs", "readonly": context["readOnlyRootFilesystem"]?.text == "true",
        ]
        linux["cgroupsPath"] = cgroup
        // As on a node with cgroup v2: a cgroup namespace of its own, and the host's processes.
        var kinds = namespaces.compactMap { $0["type"] as? String }.filter { $0 != "network" && $0 != "cgroup" }
        kinds.append("cgroup")
        if manifest.pod?["hostPID"]?.text == "true" { kinds.removeAll { $0 == "pid" } }
        linux["namespaces"] = kinds.map { ["type": $0] }

        var all = mounts.filter { $0["destination"] as? String != "/sys/fs/cgroup" }
        for mount in container["volumeMounts"]?.items ?? [] {
            guard let path = mount["mountPath"]?.text else { continue }
            var source = host(path)
            if path == "/sys/fs/cgroup" {
                source = Host.cgroupRoot
            } else {
                try files.createDirectory(atPath: source, withIntermediateDirectories: true)
            }
            all.append([
                "destination": path, "type": "bind", "source": source,
                "options": ["rbind", "rprivate", mount["readOnly"]?.text == "true" ? "ro" : "rw"],
            ])
        }
        specification["mounts"] = all
        specification["process"] = program
        specification["linux"] = linux
        try JSONSerialization.data(withJSONObject: specification).write(to: file)

        let settings = try Manifest.one("ConfigMap", "headroom-agent").root["data", "headroom.yaml"]?.text ?? ""
        try settings.write(toFile: host("/etc/headroom/headroom.yaml"), atomically: true, encoding: .utf8)
        let pod =
            #"{"pod_uid":"\#(podUID)","namespace":"shop","pod":"web-1","application":"shop/web","containers":{"\#(id)":"agent"}}"#
        try (pod + "\n").write(
            toFile: host("/run/headroom-pods/pods.jsonl"), atomically: true, encoding: .utf8)
    }

    /// Those that this machine lets a container have; the others it is told of.
    private static func grantable(_ names: [String]) throws -> [String] {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }
        let bound = line.flatMap { UInt64($0.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) } ?? 0
        return names.filter { name in
            guard let number = numbers[name] else { return true }
            let isThere = bound >> UInt64(number) & 1 == 1
            if !isThere { print("the DaemonSet's agent runs without CAP_\(name), which this machine withholds") }
            return isThere
        }
    }
}
