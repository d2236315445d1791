import Glibc
import Testing

extension KernelSuite {
    @Suite(.enabled(if: RuncContainer.canRun, "needs runc and a static busybox"))
    struct ContainerTests {
        /// One container runs when the agent starts, the other comes and goes while it watches.
        @Test func realContainersAreFoundByTheirIDs() throws {
            let uid = "2c48913c-b29f-11e7-9350-020968147796"
            let scratch = try Scratch()
            let early = try RuncContainer("docker", script: "while :; do :; done", in: scratch)
            let agent = try scratch.start(["run", "--json", "--interval", "0.2"])
            _ = try scratch.kernelObjects()

            let late = try RuncContainer(
                "kubepods/burstable/pod\(uid)",
                script: "i=0; while [ $i -lt 500000 ]; do i=$((i+1)); done; exec sleep 100",
                in: scratch)
            usleep(1_000_000)
            let view = try scratch.start(["top", "--once"], output: "view")
            #expect(view.exitCode == 0, "\(scratch.errors)")
            #expect(try scratch.text("view").contains("docker \(early.id.prefix(12))"))
            #expect(try scratch.text("view").contains("container \(late.id.prefix(12))"))
            try late.kill()
            let truth = try late.cpuUsageNanoseconds
            late.remove()
            usleep(500_000)
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")

            let found = try Self.windows(of: early.id, in: scratch)
            #expect(found.count > 2)
            #expect(found.allSatisfy { $0.cgroup == early.cgroup })
            #expect(found.allSatisfy { $0.identity == ["kind": "docker", "container_id": early.id] })
            #expect(found.reduce(0) { $0 + $1.cpu } > 100_000_000, "it did not run")

            let pod = try Self.windows(of: late.id, in: scratch)
            #expect(pod.last?.isFinal == true)
            #expect(pod.allSatisfy { $0.cgroup == late.cgroup })
            #expect(
                pod.allSatisfy {
                    $0.identity == [
                        "kind": "kubernetes_container", "container_id": late.id, "pod_uid": uid,
                        "qos": "burstable",
                    ]
                })
            #expect(truth > 100_000_000, "it did not run: \(truth) ns")
            expectClose(
                pod.reduce(0) { $0 + $1.cpu }, truth, within: 0.005,
                "CPU time of a container from its birth to its end")
        }

        private struct Found {
            let cgroup: String
            let identity: [String: String]
            let cpu: UInt64
            let isFinal: Bool
        }

        private static func windows(of id: String, in scratch: Scratch) throws -> [Found] {
            try scratch.lines().compactMap { line in
                guard line["type"] as? String == "window",
                    let identity = line["identity"] as? [String: String],
                    identity["container_id"] == id
                else { return nil }
                return Found(
                    cgroup: line["cgroup"] as? String ?? "", identity: identity,
                    cpu: (line["cpu_usage_ns"] as? Int).map(UInt64.init) ?? 0,
                    isFinal: line["final"] as? Bool ?? false)
            }
        }
    }
}
