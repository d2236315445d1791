import Foundation
import Glibc
import Probes

/// A real container: busybox, run by runc below a parent cgroup of the test's own. Killed and
/// removed, with its cgroups in every hierarchy, when the value goes.
final class RuncContainer {
    /// The container's id as its cgroup tells it: 64 hexadecimal digits.
    let id: String
    /// As the agent names it.
    let cgroup: String
    private let parent: String
    private let bundle: String
    /// Holds runc's state, so it has to outlive the container.
    private let scratch: Scratch

    /// - Parameters:
    ///   - kind: the path between the parent and the id, such as `docker`.
    ///   - script: for busybox' shell inside.
    init(_ kind: String, script: String, in scratch: Scratch) throws {
        self.scratch = scratch
        id = (0..<64).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
        parent = "/" + TestCgroup.uniqueName("runc")
        cgroup = "\(parent)/\(kind)/\(id)"
        bundle = scratch.path("bundle-\(id.prefix(12))")
        let bin = bundle + "/rootfs/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: try Self.find("busybox"), toPath: bin + "/busybox")
        try run(["spec", "--bundle", bundle])
        let file = bundle + "/config.json"
        let specification = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: file)))
        guard var root = specification as? [String: Any],
            var process = root["process"] as? [String: Any],
            var linux = root["linux"] as? [String: Any]
        else { throw TestFailure("runc spec wrote something else: \(specification)") }
        process["terminal"] = false
        process["args"] = ["/bin/busybox", "sh", "-c", script]
        linux["cgroupsPath"] = cgroup
        root["process"] = process
        root["linux"] = linux
        try JSONSerialization.data(withJSONObject: root).write(to: URL(fileURLWithPath: file))
        try run(["run", "--detach", "--bundle", bundle, id])
        guard unsafe access(directory, F_OK) == 0 else {
            throw TestFailure("runc made no \(directory)")
        }
    }

    deinit {
        remove()
        // runc leaves the parents, one to each mounted hierarchy.
        let below = cgroup.dropFirst(parent.count).split(separator: "/").count
        for root in Self.hierarchies {
            var path = Substring(root + cgroup)
            for _ in 0...below {
                unsafe rmdir(String(path))
                path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            }
        }
    }

    var directory: String { Host.cgroupRoot + cgroup }

    /// Kills all inside and waits for their end; the cgroup stays.
    func kill() throws {
        try run(["kill", "--all", id, "KILL"])
        for _ in 0..<500 {
            if try TextFile.read(directory + "/cgroup.procs").isEmpty { return }
            usleep(10_000)
        }
        throw TestFailure("processes of \(cgroup) outlive SIGKILL")
    }

    func remove() { try? run(["delete", "--force", id]) }

    /// The kernel's own account: `usage_usec` of cpu.stat, in nanoseconds.
    var cpuUsageNanoseconds: UInt64 {
        get throws {
            for line in try TextFile.read(directory + "/cpu.stat").split(separator: "\n")
            where line.hasPrefix("usage_usec ") {
                return (UInt64(line.dropFirst(11)) ?? 0) * 1000
            }
            throw TestFailure("\(directory)/cpu.stat has no usage_usec")
        }
    }

    private func run(_ arguments: [String]) throws {
        let errors = bundle + "/errors"
        let process = try ChildProcess(
            [try Self.find("runc"), "--root", bundle + "/state"] + arguments,
            output: bundle + "/output", error: errors)
        guard process.exitCode == 0 else {
            let message = (try? TextFile.read(errors)) ?? ""
            throw TestFailure("runc \(arguments[0]): \(message)")
        }
    }

    static func find(_ program: String) throws -> String {
        for directory in ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"] {
            let path = "\(directory)/\(program)"
            if unsafe access(path, X_OK) == 0 { return path }
        }
        throw TestFailure("no \(program)")
    }

    static var hierarchies: [String] {
        let mounts = (try? TextFile.read("/proc/self/mounts")) ?? ""
        return mounts.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 2 && fields[2].hasPrefix("cgroup") ? String(fields[1]) : nil
        }
    }

    /// Nil when containers run here; else why not. Found out by running one.
    static let obstacle: String? = {
        do {
            _ = try RuncContainer("probe", script: "sleep 10", in: Scratch())
            return nil
        } catch {
            return "\(error)"
        }
    }()

    static var canRun: Bool {
        if let obstacle { print("SKIPPED the container test: \(obstacle)") }
        return obstacle == nil
    }
}
