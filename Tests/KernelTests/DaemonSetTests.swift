import Confinement
import Foundation
import Glibc
import TestSupport
import Testing

extension KernelSuite {
    /// The manifests give the agent what it needs on a node and no more.
    @Suite(
        .enabled(if: StaticBinary.isBuilt, "no static binary: run scripts/build-static"),
        .enabled(if: RuncContainer.canRun, "needs runc and a static busybox"))
    struct DaemonSetTests {
        @Test func theAgentWorksWithWhatItsManifestGives() throws {
            let agent = try ManifestAgent(arguments: ["--json", "--interval", "0.5", "--duration", "6"])
            // While it runs: `connect`, of the same group and another user, may ask at its socket.
            var facts = stat()
            let socket = agent.host("/run/headroom/headroom.sock")
            for _ in 0..<100 * Host.scale where unsafe lstat(socket, &facts) != 0 { usleep(50_000) }
            let group = try Manifest.one("DaemonSet", "headroom-agent").container("connect")["securityContext", "runAsGroup"]
            #expect(facts.st_mode & S_IFMT == S_IFSOCK && facts.st_mode & 0o777 == 0o660, "\(agent.scratch.errors)")
            #expect("\(facts.st_gid)" == group?.text)
            try Self.holdsNoRights(agent)

            #expect(agent.exitCode == 0, "\(agent.scratch.errors)")
            let lines = try agent.scratch.lines()
            let windows = lines.filter { $0["type"] as? String == "window" }
            // The whole node's cgroups by their real paths, not what a container sees of them.
            let root = windows.filter { $0["cgroup"] as? String == "/" }
            #expect(root.count > 2)
            #expect(root.contains { ($0["cpu_usage_ns"] as? Int ?? 0) > 0 })
            #expect(root.contains { $0["memory_bytes"] != nil })
            #expect(root.contains { $0["net_rx_bytes"] != nil })
            let own = windows.last { $0["cgroup"] as? String == agent.cgroup }
            let identity = try #require(own?["identity"] as? [String: String], "its own container is not among them")
            #expect(identity["pod_uid"] == agent.podUID && identity["container_id"] == agent.id)
            #expect(identity["namespace"] == "shop" && identity["pod"] == "web-1", "\(identity)")
            #expect(lines.contains { $0["type"] as? String == "request" })
            #expect(unsafe access(agent.host("/var/lib/headroom/forecasts"), F_OK) == 0, "nothing learned is kept")
        }

        /// Of the capabilities of its manifest nothing is left once it samples; the helper has what jobs it has, and no more.
        private static func holdsNoRights(_ agent: ManifestAgent) throws {
            let report = agent.host("/run/headroom/security")
            for _ in 0..<100 * Host.scale where unsafe access(report, F_OK) != 0 { usleep(50_000) }
            let text = try String(contentsOfFile: report, encoding: .utf8)
            let helper = try #require(text.firstMatch(of: /(?m)^helper\t([0-9]+)$/).map { String($0.1) }, "\(text)")
            let processes = try String(contentsOfFile: Host.cgroupRoot + agent.cgroup + "/cgroup.procs", encoding: .utf8)
                .split(separator: "\n").map(String.init)
            #expect(processes.contains(helper) && processes.count == 2, "\(processes)")
            for process in processes {
                let status = try #require(ProcessStatus(process: process), "\(process) is gone")
                #expect(status.gainsNothing && status.ambient.isEmpty)
                if process == helper {
                    #expect(status.effective.subtracting([.netAdmin]).isEmpty, "\(status.effective)")
                } else {
                    #expect(status.effective.isEmpty || !Host.bpfIsFree, "\(status.effective)")
                    #expect(status.permitted == status.effective && status.callFilter == .filter)
                }
            }
        }

        @Test(arguments: ManifestAgent.needed)
        func withoutOneOfThemItSaysWhichOneItLacks(capability: String) throws {
            let agent = try ManifestAgent(without: capability, arguments: ["--json", "--duration", "3"])
            #expect(agent.exitCode == 4, "\(agent.scratch.errors)")
            #expect(agent.scratch.errors.contains("this process lacks CAP_\(capability)"), "\(agent.scratch.errors)")
        }
    }
}
