/// How a pod's requests and limits rank it.
enum QualityOfService: String {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"

    init(of pod: JSON) {
        let containers = (pod["spec"]["containers"].items ?? []) + (pod["spec"]["initContainers"].items ?? [])
        let amounts = containers.map { container in
            ["cpu", "memory"].map { resource in
                (
                    Quantity(container["resources"]["requests"][resource]),
                    Quantity(container["resources"]["limits"][resource])
                )
            }
        }
        if amounts.joined().allSatisfy({ ($0.0 ?? $0.1) == nil }) {
            self = .bestEffort
        } else if amounts.joined().allSatisfy({ $0.1 != nil && $0.0 ?? $0.1 == $0.1 }) {
            self = .guaranteed
        } else {
            self = .burstable
        }
    }
}
