internal import Aggregates
package import Capacity
internal import FoundationEssentials

/// A line that the agent writes to a provider program: docs/provider-program.md.
package enum RequestLine {
    /// Why a line is no request.
    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    private struct Members: Decodable {
        struct Chunk: Decodable {
            var shape: String
            var count: Int
        }

        var type: String
        var id: UInt64?
        var pool: String?
        var resource: String?
        var amount: Double?
        var change: Double?
        var demand: Double?
        var time_s: Double?
        var needed_by_s: Double?
        var reasons: [String]?
        var chunks: [Chunk]?
    }

    /// - Returns: nil for an object of another type, which a later agent may write.
    package static func parse(_ line: [UInt8]) throws(Refusal) -> CapacityRequest? {
        let members: Members
        do {
            members = try JSONDecoder().decode(Members.self, from: Data(line))
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw Refusal(description: "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)")
        } catch {
            throw Refusal(description: "no JSON object with a \"type\"")
        }
        guard members.type == "request" else { return nil }
        func missing(_ name: String) -> Refusal { Refusal(description: "there is no \(name)") }
        guard let id = members.id else { throw missing("id") }
        guard let pool = members.pool else { throw missing("pool") }
        guard let name = members.resource else { throw missing("resource") }
        guard let resource = Resource(name: name) else {
            throw Refusal(
                description: "resource is \"\(name)\"; expected one of \(Resource.allCases.map(\.name).joined(separator: ", "))")
        }
        guard let amount = members.amount else { throw missing("amount") }
        guard amount >= 0 else { throw Refusal(description: "amount is \(amount); expected the pool's total, 0 or more") }
        var request = CapacityRequest(
            id: id, pool: pool, resource: resource, amount: amount, change: members.change ?? 0,
            requestedAtNanoseconds: nanoseconds(members.time_s),
            neededByNanoseconds: nanoseconds(members.needed_by_s), reasons: members.reasons ?? [])
        request.demand = members.demand
        request.chunks = (members.chunks ?? []).map { ChunkCount(shape: $0.shape, count: $0.count) }
        return request
    }

    private static func nanoseconds(_ seconds: Double?) -> Int64 {
        Int64(exactly: ((seconds ?? 0) * 1e9).rounded()) ?? 0
    }
}
