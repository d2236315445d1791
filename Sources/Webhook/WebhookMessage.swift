internal import Aggregates
internal import Capacity
internal import FoundationEssentials

/// What is posted: deploy/webhook/openapi.yaml.
struct WebhookMessage: Encodable {
    struct Chunk: Codable {
        let shape: String
        let count: Int
    }

    let version = 1
    let type: String
    let source: String
    var id: UInt64?
    var pool: String?
    var resource: String?
    var unit: String?
    var amount: Double?
    var change: Double?
    var demand: Double?
    var requested_at_s: Double?
    var needed_by_s: Double?
    var chunks: [Chunk]?
    var reasons: [String]?

    /// Nothing but whether the address, the certificate and the key are right.
    static func ping(source: String) -> WebhookMessage { WebhookMessage(type: "ping", source: source) }

    private init(type: String, source: String) {
        self.type = type
        self.source = source
    }

    init(_ request: CapacityRequest, source: String) {
        self.init(type: "request", source: source)
        id = request.id
        pool = request.pool
        resource = request.resource.name
        unit = Self.unit(request.resource)
        amount = request.amount
        change = request.change
        demand = request.demand
        requested_at_s = Double(request.requestedAtNanoseconds) / 1e9
        needed_by_s = Double(request.neededByNanoseconds) / 1e9
        chunks = request.chunks.isEmpty ? nil : request.chunks.map { Chunk(shape: $0.shape, count: $0.count) }
        reasons = request.reasons
    }

    static func unit(_ resource: Resource) -> String {
        switch resource {
        case .cpu: "cores"
        case .memory: "bytes"
        case .networkReceive, .networkTransmit, .diskRead, .diskWrite: "bytes_per_second"
        case .requests: "requests_per_second"
        }
    }

    var body: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("\(self) is no JSON") }
        return Array(data)
    }
}
