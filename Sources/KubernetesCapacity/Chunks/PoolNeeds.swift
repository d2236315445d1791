internal import Aggregates
internal import Capacity

/// What one pool has asked for, resource by resource, as a number of chunks.
///
/// A request is the pool's total; what stands idle beside the workload is that less the demand.
struct PoolNeeds: Sendable {
    private var requests: [Resource: CapacityRequest] = [:]

    var isEmpty: Bool { requests.isEmpty }

    func hasAsked(for resource: Resource) -> Bool { requests[resource] != nil }

    /// Takes the place of what was asked for the same resource before.
    mutating func take(_ request: CapacityRequest) { requests[request.resource] = request }

    /// What should stand idle, in the resource's unit.
    static func spare(_ request: CapacityRequest) -> Double {
        max(0, request.amount - (request.demand ?? 0))
    }

    static func chunks(_ request: CapacityRequest, of size: ChunkSize) -> Int {
        size.count(covering: spare(request), of: request.resource)
    }

    /// Chunks that cover every resource, at most `maximum`.
    func chunks(of size: ChunkSize, maximum: Int?) -> Int {
        let most = requests.values.map { PoolNeeds.chunks($0, of: size) }.max() ?? 0
        return min(most, maximum ?? most)
    }

    /// The pool's total when `chunks` of them are there: never more than was asked for, because
    /// what is left of the last chunk is nobody's.
    static func total(_ request: CapacityRequest, chunks: Int, of size: ChunkSize) -> Double {
        let chunk = size.amount(of: request.resource) ?? 0
        return min(request.amount, (request.demand ?? 0) + Double(chunks) * chunk)
    }

    /// What the pool has of a resource; nil before it has asked.
    func observe(
        _ resource: Resource,
        provided: Int,
        of size: ChunkSize,
        maximum: Int?
    ) -> CapacityObservation? {
        guard let request = requests[resource], let chunk = size.amount(of: resource) else {
            return nil
        }
        let ready = PoolNeeds.total(request, chunks: provided, of: size)
        return CapacityObservation(
            ready: ready,
            pending: max(0, request.amount - ready),
            allocatable: maximum.map { (request.demand ?? 0) + Double($0) * chunk }
        )
    }

    /// Why, in the words of the latest request.
    var reason: String {
        let latest = requests.values.max { $0.id < $1.id }
        return latest?.reasons.first ?? "requested"
    }
}
