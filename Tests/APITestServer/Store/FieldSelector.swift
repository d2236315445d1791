/// `metadata.name=x,status.phase!=Failed`: fields that the kind has made selectable.
struct FieldSelector: Sendable {
    private struct Requirement: Sendable {
        var path: [String]
        var value: String
        var isEqual: Bool
    }

    private let requirements: [Requirement]

    init(_ text: String, _ kind: ServedKind, version: String) throws(StatusError) {
        var requirements: [Requirement] = []
        for part in text.split(separator: ",") {
            guard
                let sign = ["!=", "==", "="].lazy.compactMap({ sign in
                    part.firstRange(of: sign).map { (sign, $0) }
                }).first
            else { throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'") }
            let field = String(part[..<sign.1.lowerBound])
            guard Self.selectable(kind).contains(field) else {
                throw .badRequest(
                    kind.isCustom
                        ? "field label not supported: \(field)"
                        : "Unable to find \"\(kind.apiVersion(version)), Resource=\(kind.plural)\" that match label selector \"\", field selector \"\(text)\": field label not supported: \(field)"
                )
            }
            requirements.append(
                Requirement(
                    path: field.split(separator: ".").map(String.init),
                    value: String(part[sign.1.upperBound...]), isEqual: sign.0 != "!="))
        }
        self.requirements = requirements
    }

    func matches(_ object: JSON) -> Bool {
        requirements.allSatisfy { requirement in
            let value = requirement.path.reduce(object) { $0[$1] }
            return ((value.text ?? "") == requirement.value) == requirement.isEqual
        }
    }

    private static func selectable(_ kind: ServedKind) -> Set<String> {
        let all: Set = ["metadata.name", "metadata.namespace"]
        return switch kind {
        case .pods:
            all.union([
                "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase", "status.podIP",
            ])
        case .nodes: all.union(["spec.unschedulable"])
        case .namespaces: all.union(["status.phase"])
        case .events:
            all.union([
                "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                "reason", "type",
            ])
        case .eventsV1:
            all.union(["regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "reason", "type"])
        default: all
        }
    }
}
