internal import Aggregates
internal import Capacity

/// What one pool has asked for, resource by resource, as a number of chunks.
///
/// A request is the pool's total; what stands idle beside the workload is that less the demand.
struct PoolNeeds: Sendable {
    private var requests: [Resource: CapacityRequest] = [:]

    var isEmpty: Bool { requests.isEmpty }

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
    ///
    /// Chunks stand idle beside the workload, so what is there grows with its demand. As many as
    /// what was asked for takes by now are that very amount; the rest of the last is nobody's.
    /// - Parameter demand: what the pool uses now; nil: as its last request said.
    func observe(
        _ resource: Resource,
        demand: Double? = nil,
        provided: Int,
        of size: ChunkSize,
        maximum: Int?
    ) -> CapacityObservation? {
        guard let request = requests[resource], let chunk = size.amount(of: resource) else {
            return nil
        }
        let inUse = demand ?? request.demand ?? 0
        let needed = size.count(covering: max(0, request.amount - inUse), of: resource)
        let total = inUse + Double(provided) * chunk
        // Without a demand of now, a request is the last word: what it left over is not told.
        let isMore = demand != nil && provided > needed
        let ready = isMore ? total : max(min(request.amount, total), demand ?? 0)
        return CapacityObservation(
            ready: ready,
            pending: max(0, request.amount - ready),
            allocatable: maximum.map { inUse + Double($0) * chunk }
        )
    }

    /// Why, in the words of the latest request.
    var reason: String {
        let latest = requests.values.max { $0.id < $1.id }
        return latest?.reasons.first ?? "requested"
    }
}
