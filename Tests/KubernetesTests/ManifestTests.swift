import APITestServer
import ArgumentParser
import Foundation
import KubernetesAPI
import TestSupport
import Testing
import YAML

@testable import KubernetesCapacity
@testable import headroom_connect

/// deploy/kubernetes is whole and agrees with itself, with the docs and with the program. That the agent works with the
/// rights it is given there is tried in KernelTests, that its configuration is taken in SettingsTests.
@Suite struct ManifestTests {
    static let folders = ["", "monitoring", "enforcing"]
    static let workloads = [("DaemonSet", "headroom-agent"), ("Deployment", "headroom-fleet")]

    private func everything() throws -> [Manifest] {
        try Manifest.all() + Manifest.all(in: "monitoring")
    }

    // MARK: Files

    @Test(arguments: folders) func everyFileIsListedAndEveryListedFileIsThere(folder: String) throws {
        let path = "deploy/kubernetes/\(folder.isEmpty ? "" : folder + "/")kustomization.yaml"
        let kustomization = try Manifest.tree(Manifest.text(path))
        let listed =
            (kustomization["resources"]?.texts ?? [])
            + (kustomization["patches"]?.items ?? []).compactMap { $0["path"]?.text }
        #expect(try listed.sorted() == Manifest.files(in: folder))
        #expect(Set(listed).count == listed.count)
    }

    @Test func kubectlRendersTheBaseAndEachComponent() throws {
        guard let kubectl = Self.program("kubectl") else {
            return print("SKIPPED rendering the manifests: no kubectl")
        }
        let scratch = FileManager.default.temporaryDirectory
            .appendingPathComponent("headroom-manifests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        // kustomize wants bases by relative paths.
        let up = String(repeating: "../", count: scratch.resolvingSymlinksInPath().pathComponents.count - 1)
        let base = up + Manifest.directory.resolvingSymlinksInPath().path.dropFirst()
        for components in [[], ["monitoring"], ["enforcing"], ["monitoring", "enforcing"]] {
            let list = components.map { "\"\(base)/\($0)\"" }.joined(separator: ", ")
            try "resources: [\"\(base)\"]\ncomponents: [\(list)]\n".write(
                to: scratch.appendingPathComponent("kustomization.yaml"), atomically: true, encoding: .utf8)
            let rendered = try Self.run(kubectl, ["kustomize", scratch.path])
            let kinds = rendered.matches(of: /(?m)^kind: (\w+)$/).map { String($0.1) }
            let expected =
                try Manifest.all().map(\.kind)
                + (components.contains("monitoring") ? Manifest.all(in: "monitoring").map(\.kind) : [])
            #expect(kinds.sorted() == expected.sorted(), "\(components)")
            #expect(!rendered.contains("image: headroom\n"), "an image without a registry")
            #expect(rendered.contains("enabled: true") == components.contains("enforcing"))
        }
    }

    @Test func theOperatorsRulesAreThoseOfPrometheus() throws {
        let rule = try Manifest.text("deploy/kubernetes/monitoring/prometheus-rule.yaml")
        let spec = try #require(rule.components(separatedBy: "\nspec:\n").last)
        let plain = try Manifest.text("deploy/prometheus/headroom-rules.yaml")
        #expect(
            spec.components(separatedBy: "\n")
                == plain.components(separatedBy: "\n").map { $0.isEmpty ? "" : "  " + $0 },
            "scripts/prometheus-rule writes it anew")
    }

    // MARK: Names

    @Test func everyObjectIsLabelledAndInANamespaceThatIsMade() throws {
        let global: Set = ["Namespace", "ClusterRole", "ClusterRoleBinding"]
        let namespaces = Set(try Manifest.all().filter { $0.kind == "Namespace" }.map(\.name))
        #expect(namespaces == ["headroom", "headroom-node"])
        for object in try everything() {
            #expect(object.root["apiVersion"]?.text != nil && !object.name.isEmpty, "\(object.title)")
            if object.kind == "Namespace" { continue }
            #expect(
                object.root["metadata", "labels"]?.words["app.kubernetes.io/name"] == "headroom", "\(object.title)")
            if global.contains(object.kind) {
                #expect(object.namespace == nil, "\(object.title)")
            } else {
                #expect(object.namespace.map(namespaces.contains) == true, "\(object.title)")
            }
        }
        let keys = try everything().map { "\($0.kind) \($0.namespace ?? "")/\($0.name)" }
        #expect(Set(keys).count == keys.count, "an object twice")
    }

    /// Every selector of ours finds the pods it is meant for, and no others of ours.
    @Test func selectorsFindTheirPods() throws {
        var pods: [String: [String: String]] = [:]
        for (kind, name) in Self.workloads {
            let workload = try Manifest.one(kind, name)
            pods[name] = workload.root["spec", "template", "metadata", "labels"]?.words
            #expect(workload.root["spec", "selector", "matchLabels"]?.words == pods[name], "\(workload.title)")
            for spread in workload.pod?["topologySpreadConstraints"]?.items ?? [] {
                #expect(spread["labelSelector", "matchLabels"]?.words == pods[name])
            }
        }
        let budget = try Manifest.one("PodDisruptionBudget", "headroom-fleet")
        #expect(budget.root["spec", "selector", "matchLabels"]?.words == pods["headroom-fleet"])
        for name in ["headroom-agent", "headroom-fleet"] {
            let policy = try Manifest.one("NetworkPolicy", name)
            #expect(policy.root["spec", "podSelector", "matchLabels"]?.words == pods[name])
            #expect(policy.root["spec", "policyTypes"]?.texts == ["Ingress", "Egress"])
        }
        let service = try Manifest.one("Service", "headroom-agent", in: "monitoring")
        #expect(service.root["spec", "selector"]?.words == pods["headroom-agent"])
        let monitor = try Manifest.one("ServiceMonitor", "headroom-agent", in: "monitoring")
        #expect(
            monitor.root["spec", "selector", "matchLabels"]?.words == service.root["metadata", "labels"]?.words)
        let chunks = try Manifest.one("NetworkPolicy", "headroom-chunk")
        let template = ChunkTemplate.labels("headroom-node")
        for (key, value) in chunks.root["spec", "podSelector", "matchLabels"]?.words ?? ["": ""] {
            #expect(template[key] == value, "\(key)")
        }
    }

    /// The alerts, the fleet planner and the ServiceMonitor mean the same job.
    @Test func theJobIsTheOneThatRulesNameAndTheFleetAsksFor() throws {
        let monitor = try Manifest.one("ServiceMonitor", "headroom-agent", in: "monitoring")
        let label = try #require(monitor.root["spec", "jobLabel"]?.text)
        let service = try Manifest.one("Service", "headroom-agent", in: "monitoring")
        let job = try #require(service.root["metadata", "labels"]?.words[label])
        #expect(try Manifest.text("deploy/prometheus/headroom-rules.yaml").contains("job=\"\(job)\""))
        let fleet = try FleetCommand.parse(["--prometheus", "http://p"])
        #expect(fleet.control == "up{job=\"\(job)\"}")
    }

    // MARK: Ports and programs

    @Test func everyPortIsTheOneThatIsListenedOn() throws {
        let connect = try Manifest.one("DaemonSet", "headroom-agent").container("connect")
        let command = try NodeCommand.parse(Array(Self.arguments(of: connect).dropFirst()))
        let listened = try #require(command.pages.listen.flatMap(ListenOptions.address)).port
        let ports = try #require(connect["ports"]?.items)
        #expect(ports.map { $0["containerPort"]?.text } == ["\(listened)"])
        let name = ports.first?["name"]?.text
        for container in try Manifest.one("DaemonSet", "headroom-agent").pod?["containers"]?.items ?? [] {
            // The kubelet looks for a probe's port by name among the container's own only.
            let isNamed = container["name"]?.text == "connect"
            for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                guard let check = container[probe] else { continue }
                #expect(
                    (check["httpGet", "port"] ?? check["tcpSocket", "port"])?.text == (isNamed ? name : "\(listened)"))
            }
        }
        let policy = try Manifest.one("NetworkPolicy", "headroom-agent")
        #expect(
            policy.root["spec", "ingress"]?.items.flatMap { $0["ports"]?.items ?? [] }.map { $0["port"]?.text }
                == ["\(listened)"])
        let service = try Manifest.one("Service", "headroom-agent", in: "monitoring")
        #expect(service.root["spec", "ports"]?.items.map { $0["port"]?.text } == ["\(listened)"])
        #expect(service.root["spec", "ports"]?.items.map { $0["targetPort"]?.text } == [name])
        let monitor = try Manifest.one("ServiceMonitor", "headroom-agent", in: "monitoring")
        #expect(
            monitor.root["spec", "endpoints"]?.items.map { $0["port"]?.text }
                == service.root["spec", "ports"]?.items.map { $0["name"]?.text })
    }

    @Test func theProgramTakesEveryArgument() throws {
        for (kind, name) in Self.workloads {
            for container in try Manifest.one(kind, name).pod?["containers"]?.items ?? [] {
                guard container["command"]?.texts == ["/usr/local/bin/headroom-connect"] else {
                    #expect(container["command"]?.texts == ["/usr/local/bin/headroom", "run"])
                    #expect(container["args"] == nil)
                    continue
                }
                #expect(throws: Never.self) { try ConnectProgram.parseAsRoot(Self.arguments(of: container)) }
            }
        }
        let image = try Manifest.text("deploy/Containerfile")
        #expect(image.contains("COPY headroom headroom-connect /usr/local/bin/"))
    }

    @Test func theFleetActsInItsOwnNamespaceUnderACeiling() throws {
        let fleet = try Manifest.one("Deployment", "headroom-fleet")
        let command = try FleetCommand.parse(
            Array(Self.arguments(of: fleet.container("fleet")).dropFirst()))
        #expect(command.act && !command.noLease)
        #expect(command.cluster.namespace == fleet.namespace)
        #expect(command.chunks.maxChunks != nil)
        #expect(command.chunks.settings(namespace: "headroom", node: nil).objectName(pool: "fleet") != fleet.name)
        let port = try #require(command.pages.listen.flatMap(ListenOptions.address)).port
        #expect(try fleet.container("fleet")["ports"]?.items.map { $0["containerPort"]?.text } == ["\(port)"])
        let ingress = try Manifest.one("NetworkPolicy", "headroom-fleet").root["spec", "ingress"]?.items.first
        #expect(ingress?["ports"]?.items.first?["port"]?.text == "\(port)")
        let monitor = try Manifest.one("ServiceMonitor", "headroom-fleet", in: "monitoring")
        #expect(monitor.root["spec", "jobLabel"] == nil, "as job \"headroom\" it would count as an agent")
        #expect(command.connection.prometheus.contains(".monitoring.svc:9090"))
        let policy = try Manifest.one("NetworkPolicy", "headroom-fleet")
        #expect(policy.root["spec", "egress"]?.items.first?["ports"]?.items.first?["port"]?.text == "9090")
    }

    // MARK: Rights

    @Test func theFleetMayDoWhatTheCodeDoesAndTheDocsSay() throws {
        let role = try Self.rules(Manifest.one("Role", "headroom-fleet").root["rules"])
        let clusterRole = try Self.rules(Manifest.one("ClusterRole", "headroom-fleet").root["rules"])
        let choices: [ClusterKinds.Choice] = [.bufferV1Beta1, .bufferV1Alpha1, .deployment]
        let rights = choices.flatMap(Right.needed).map(\.0)
        let asked = Set(rights.filter(\.isNamespaced).map { "\($0.verb) \($0.path).\($0.group)" })
        let fleet = Set(
            Right.fleet.map { right, _ in "\(right.verb) \(right.path).\(right.group)" + (right.name.map { "/\($0)" } ?? "") })
        #expect(role == asked.union(fleet))
        #expect(clusterRole == Set(rights.filter { !$0.isNamespaced }.map { "\($0.verb) \($0.path).\($0.group)" }))
        let documented = try Self.documented()
        #expect(documented.fleet == role)
        #expect(documented.cluster == clusterRole)
    }

    /// `doctor`, run as the planner that the manifests make, finds none of its rights missing.
    @Test func doctorFindsAllRightsThatTheManifestsGive() async throws {
        let rules =
            try Self.accessRules(Manifest.one("Role", "headroom-fleet").root["rules"], namespace: "headroom")
            + Self.accessRules(Manifest.one("ClusterRole", "headroom-fleet").root["rules"], namespace: nil)
        for mode in [ChunkSettings.Mode.buffer, .deployment] {
            try await ClientFixture.with { server, client in
                server.addNamespace("headroom")
                server.setUser(ServerUser(name: "planner", rules: rules), token: APITestServer.token)
                var settings = ChunkSettings(
                    namespace: "headroom", name: "headroom-{pool}", chunk: ChunkSize(cpuMilli: 1_000, memoryBytes: 1 << 30))
                settings.mode = mode
                let offer = try await ClusterOffer.find(client, settings, pool: "fleet")
                let missing = offer.rights.filter { [.chunks, .fleet].contains($0.purpose) && !$0.isAllowed }
                #expect(missing.isEmpty && offer.isUsable, "\(offer.text)")
                #expect(offer.missingRules.isEmpty, "\(offer.missingRules)")
                // Without any, what it suggests is what the manifests have.
                server.setUser(ServerUser(name: "planner", rules: []), token: APITestServer.token)
                let poor = try await ClusterOffer.find(client, settings, pool: "fleet")
                #expect(
                    poor.missingRules.contains(
                        """
                        - apiGroups: ["coordination.k8s.io"]
                          resources: ["leases"]
                          resourceNames: ["headroom-fleet"]
                          verbs: ["get", "update"]
                        - apiGroups: ["coordination.k8s.io"]
                          resources: ["leases"]
                          verbs: ["create"]
                        """), "\(poor.missingRules)")
            }
        }
    }

    @Test func theAgentsPodMayListAndWatchPodsAndNothingElse() throws {
        let rules = try Self.rules(Manifest.one("ClusterRole", "headroom-agent").root["rules"])
        #expect(rules == ["list pods.", "watch pods."])
        #expect(try Self.documented().agent == rules)
    }

    @Test func everyBindingNamesARoleAndAnAccountThatAreThere() throws {
        let all = try Manifest.all()
        for binding in all where binding.kind.hasSuffix("RoleBinding") {
            let role = binding.root["roleRef"]
            #expect(
                all.contains {
                    $0.kind == role?["kind"]?.text && $0.name == role?["name"]?.text
                        && $0.namespace == binding.namespace
                }, "\(binding.title)")
            for subject in binding.root["subjects"]?.items ?? [] {
                #expect(
                    all.contains {
                        $0.kind == "ServiceAccount" && $0.name == subject["name"]?.text
                            && $0.namespace == subject["namespace"]?.text
                    }, "\(binding.title)")
            }
        }
        for (kind, name) in Self.workloads {
            let workload = try Manifest.one(kind, name)
            let account = workload.pod?["serviceAccountName"]?.text
            #expect(all.contains { $0.kind == "ServiceAccount" && $0.name == account && $0.namespace == workload.namespace })
        }
    }

    // MARK: Admission

    /// Where a cluster limits who may use critical priorities (GKE does, outside of kube-system), a quota of the namespace lets pods in.
    @Test func everyCriticalPriorityHasAQuotaInItsNamespace() throws {
        let quotas = try Manifest.all().filter { $0.kind == "ResourceQuota" }
        for (kind, name) in Self.workloads {
            let workload = try Manifest.one(kind, name)
            guard let priority = workload.pod?["priorityClassName"]?.text, priority.hasPrefix("system-") else { continue }
            let quota = try #require(quotas.first { $0.namespace == workload.namespace }, "\(workload.title)")
            #expect(quota.root["spec", "hard"]?.words["pods"].flatMap { Int($0) } ?? 0 >= 5_000, "as many as the largest cluster has nodes")
            let scope = try #require(quota.root["spec", "scopeSelector", "matchExpressions"]?.items.first)
            #expect(scope["scopeName"]?.text == "PriorityClass" && scope["operator"]?.text == "In")
            #expect(scope["values"]?.texts == [priority])
        }
        #expect(try Manifest.one("DaemonSet", "headroom-agent").pod?["priorityClassName"]?.text == "system-node-critical")
    }

    // MARK: Privileges

    @Test func onlyTheAgentHasPrivilegesAndOnlyTheseFour() throws {
        for (kind, name) in Self.workloads {
            let workload = try Manifest.one(kind, name)
            let podContext = workload.pod?["securityContext"]
            #expect(podContext?["seccompProfile", "type"]?.text == "RuntimeDefault")
            for container in workload.pod?["containers"]?.items ?? [] {
                let title = "\(name)/\(container["name"]?.text ?? "")"
                let context = container["securityContext"]
                #expect(context?["privileged"]?.text == "false", "\(title)")
                #expect(context?["allowPrivilegeEscalation"]?.text == "false", "\(title)")
                #expect(context?["readOnlyRootFilesystem"]?.text == "true", "\(title)")
                #expect(context?["capabilities", "drop"]?.texts == ["ALL"], "\(title)")
                #expect(container["resources", "requests"]?.words.count == 2, "\(title)")
                #expect(container["resources", "limits", "memory"] != nil, "\(title)")
                let added = context?["capabilities", "add"]?.texts ?? []
                if title == "headroom-agent/agent" {
                    #expect(added == ["BPF", "PERFMON", "NET_ADMIN", "SYS_RESOURCE"])
                } else {
                    #expect(added.isEmpty, "\(title)")
                    #expect((context?["runAsNonRoot"] ?? podContext?["runAsNonRoot"])?.text == "true", "\(title)")
                }
            }
        }
    }

    @Test func theAgentItselfHasNoToken() throws {
        let agent = try Manifest.one("DaemonSet", "headroom-agent")
        #expect(agent.pod?["automountServiceAccountToken"]?.text == "false")
        let tokens = Set(
            (agent.pod?["volumes"]?.items ?? []).filter { $0["projected"] != nil }.compactMap { $0["name"]?.text })
        #expect(tokens.count == 1)
        func mounts(_ name: String) throws -> Set<String> {
            Set(try agent.container(name)["volumeMounts"]?.items.compactMap { $0["name"]?.text } ?? [])
        }
        #expect(try mounts("agent").isDisjoint(with: tokens))
        #expect(try mounts("connect").isSuperset(of: tokens))
        // What is mounted is there, and what is there is mounted.
        let volumes = Set((agent.pod?["volumes"]?.items ?? []).compactMap { $0["name"]?.text })
        #expect(try mounts("agent").union(mounts("connect")) == volumes)
    }

    // MARK: -

    private static func arguments(of container: YAMLNode) -> [String] {
        (container["args"]?.texts ?? []).map { $0.replacingOccurrences(of: "$(NODE_NAME)", with: "node-1") }
    }

    /// `get leases.coordination.k8s.io/headroom-fleet`: verb, resource, group, and the object where one is named.
    private static func rules(_ node: YAMLNode?) throws -> Set<String> {
        var rules: Set<String> = []
        for rule in try #require(node).items {
            let names = rule["resourceNames"]?.texts.map { "/\($0)" } ?? [""]
            for group in rule["apiGroups"]?.texts ?? [] {
                for resource in rule["resources"]?.texts ?? [] {
                    for verb in rule["verbs"]?.texts ?? [] {
                        for name in names { rules.insert("\(verb) \(resource).\(group)\(name)") }
                    }
                }
            }
        }
        return rules
    }

    private static func accessRules(_ node: YAMLNode?, namespace: String?) throws -> [AccessRule] {
        try #require(node).items.map { rule in
            AccessRule(
                groups: Set(rule["apiGroups"]?.texts ?? []), resources: Set(rule["resources"]?.texts ?? []),
                verbs: Set(rule["verbs"]?.texts ?? []), namespace: namespace,
                names: (rule["resourceNames"]?.texts).map { Set($0) })
        }
    }

    /// The blocks of docs/kubernetes.md, "Rights"; the words before each say whose they are.
    private static func documented() throws -> (fleet: Set<String>, cluster: Set<String>, agent: Set<String>) {
        let section = try #require(
            Manifest.text("docs/kubernetes.md").components(separatedBy: "\n## Rights\n").last?
                .components(separatedBy: "\n## ").first)
        let parts = section.components(separatedBy: "```")
        var found: (fleet: Set<String>, cluster: Set<String>, agent: Set<String>) = ([], [], [])
        for index in stride(from: 1, to: parts.count, by: 2) where parts[index].hasPrefix("yaml\n") {
            let rules = try rules(Manifest.tree(String(parts[index].dropFirst(5))))
            let before = parts[index - 1]
            if before.contains("ClusterRole") {
                if before.contains("on each node") { found.agent.formUnion(rules) } else { found.cluster.formUnion(rules) }
            } else {
                found.fleet.formUnion(rules)
            }
        }
        return found
    }

    private static func program(_ name: String) -> String? {
        ["/usr/bin", "/usr/local/bin", "/bin"].map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ManifestProblem("\(program) \(arguments): \(process.terminationStatus)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
