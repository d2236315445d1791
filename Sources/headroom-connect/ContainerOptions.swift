internal import ArgumentParser
internal import Fleet
internal import KubernetesAPI
internal import KubernetesCapacity
internal import Logging

/// What a fleet planner does about containers: recommendations for VerticalPodAutoscalers, and resizes
/// in place. Nothing unless asked for, and nothing is stored without `--act`.
struct ContainerOptions: ParsableArguments {
    @Flag(
        help:
            "Write recommendations for VerticalPodAutoscalers whose spec.recommenders names headroom."
    )
    var recommend = false

    @Option(
        name: .customLong("resize"),
        help: ArgumentHelp(
            "Resize the pods that these labels opt in, in place, to what is forecast.",
            valueName: "label selector"
        )
    )
    var resizeSelector: String?

    @Option(
        help: ArgumentHelp("Resize only in this namespace. Without it in all.", valueName: "name")
    )
    var resizeNamespace: String?

    @Flag(help: "Resize also where the container's resizePolicy restarts it.")
    var resizeRestarts = false

    @Option(help: "Seconds whose peak containers are to have room for.")
    var containerHorizon: Int64 = 3_600

    @Option(
        help: ArgumentHelp(
            "As `headroom-connect node` has it: the label that names applications.",
            valueName: "label"
        )
    )
    var applicationLabel: String?

    @Flag(help: "With --act: no spare chunks, only what is asked for of containers.")
    var noChunks = false

    var isWanted: Bool { recommend || resizeSelector != nil }

    func validate() throws {
        if let resizeSelector, PodSelector(resizeSelector) == nil {
            throw ValidationError(
                "--resize \"\(resizeSelector)\": expected labels that a pod must have, such as headroom.io/resize=true; pods are opted in, never taken in for lack of a label"
            )
        }
        guard (60...604_800).contains(containerHorizon) else {
            throw ValidationError("--container-horizon: \(containerHorizon); expected 60 to 604800")
        }
    }

    /// - Parameter level: of the forecast that is the target.
    /// - Returns: nil when nothing is asked for.
    func actions(
        _ client: APIClient,
        _ settings: FleetConfiguration,
        store: any MetricStore,
        leadership: any Leadership,
        isDryRun: Bool,
        level: Double,
        _ logger: Logger
    ) -> ContainerActions? {
        guard isWanted else { return nil }
        let planner = ContainerPlanner(
            ContainerConfiguration(
                level: min(max(level, 0.55), 0.999),
                horizonSeconds: containerHorizon
            ),
            settings,
            store: store
        )
        let mayAct: @Sendable () async -> Bool = { await leadership.mayAct }
        let recommender =
            recommend
            ? Recommender(client, planner, isDryRun: isDryRun, mayAct: mayAct, logger: logger) : nil
        let rules = ResizeRules(mayRestart: resizeRestarts)
        let resizes = resizeSelector.flatMap(PodSelector.init).map { selector in
            PodResizes(
                client,
                selector: selector,
                namespace: resizeNamespace,
                naming: ApplicationNaming(label: applicationLabel),
                planner: planner,
                resizer: Resizer(client, rules, isDryRun: isDryRun, mayAct: mayAct),
                rules: rules,
                logger: logger
            )
        }
        return ContainerActions(
            planner: planner,
            recommender: recommender,
            resizes: resizes,
            logger: logger
        )
    }

    /// A DNS subdomain short enough for the parts' names.
    static func isObjectName(_ name: String) -> Bool {
        let edges = [name.first, name.last].compactMap(\.self)
        return edges.count == 2 && name.utf8.count <= 240
            && edges.allSatisfy { $0.isLetter || $0.isNumber }
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            }
    }
}
