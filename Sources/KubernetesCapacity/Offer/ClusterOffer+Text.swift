extension ClusterOffer {
    /// For people, several lines.
    package var text: String {
        var lines = [
            "server          \(server), Kubernetes \(version)",
            "authentication  \(authentication)",
            "namespace       \(namespace)",
            "chunks held by  \(use ?? "nothing")",
            "",
            "the cluster offers",
        ]
        for feature in features {
            lines.append(
                "  \(feature.isOffered ? "yes" : " no")  \(feature.name): \(feature.purpose)"
            )
        }
        for purpose in [Purpose.chunks, .resize, .recommendations, .fleet] {
            let asked = rights.filter { $0.purpose == purpose }
            guard !asked.isEmpty else { continue }
            let missing = asked.filter { !$0.isAllowed }
            lines.append("")
            lines.append(
                missing.isEmpty
                    ? "rights for \(purpose.rawValue): all \(asked.count)"
                    : "rights for \(purpose.rawValue): \(missing.count) of \(asked.count) missing"
            )
            lines += missing.map { answer in
                let group = answer.group.isEmpty ? "" : " (\(answer.group))"
                let place = answer.namespace.map { "in \($0)" } ?? "in the whole cluster"
                let name = answer.name.map { " \($0)" } ?? ""
                return "   no  \(answer.verb) \(answer.resource)\(group)\(name) \(place)"
            }
        }
        if !dryRun.isEmpty {
            lines += ["", "dry run"]
            lines += dryRun.map { run in
                run.refusal.map { "   no  \(run.object): \($0)" } ?? "  yes  \(run.object)"
            }
        }
        lines += rules("add to a Role in \(namespace)", missingRules)
        lines += rules("add to a ClusterRole", missingClusterRules)
        lines.append("")
        lines.append(isUsable ? "ready" : "not ready:")
        lines += problems.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func rules(_ title: String, _ rules: String) -> [String] {
        guard !rules.isEmpty else { return [] }
        return ["", "\(title)"] + rules.split(separator: "\n").map { "  \($0)" }
    }
}
