internal import Aggregates

/// Names in a checkpoint: `application cpu shop/Deployment/web`, `pool cpu fleet`, `plan cpu fleet`,
/// `time cpu -`, `container cpu shop/Deployment/web/nginx`, `containers cpu -`.
enum FleetKey {
    case application(Resource, String)
    case pool(Resource, String)
    case plan(Resource, String)
    case time(Resource)
    case container(Resource, String)
    case containerTime(Resource)

    var text: String {
        switch self {
        case .application(let resource, let name): "application \(resource.name) \(name)"
        case .pool(let resource, let name): "pool \(resource.name) \(name)"
        case .plan(let resource, let name): "plan \(resource.name) \(name)"
        case .time(let resource): "time \(resource.name) -"
        case .container(let resource, let name): "container \(resource.name) \(name)"
        case .containerTime(let resource): "containers \(resource.name) -"
        }
    }

    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, let resource = Resource(name: String(words[1])) else { return nil }
        let name = String(words[2])
        switch words[0] {
        case "application": self = .application(resource, name)
        case "pool": self = .pool(resource, name)
        case "plan": self = .plan(resource, name)
        case "time": self = .time(resource)
        case "container": self = .container(resource, name)
        case "containers": self = .containerTime(resource)
        default: return nil
        }
    }
}
