internal import Aggregates
package import Capacity

extension JSONLine {
    /// Who has answered a request, and what.
    package typealias Answer = (provider: String, summary: OutcomeSummary)

    /// A request's fields, with the answer where there is one.
    package mutating func fields(of request: CapacityRequest, answer: Answer?) {
        field("time_s", Double(request.requestedAtNanoseconds) / 1e9)
        field("id", request.id)
        field("pool", request.pool)
        if let answer { field("provider", answer.provider) }
        field("resource", request.resource.name)
        field("field", request.resource.fieldName)
        field("amount", request.amount)
        field("change", request.change)
        if let demand = request.demand { field("demand", demand) }
        field("needed_by_s", Double(request.neededByNanoseconds) / 1e9)
        if let answer {
            field("outcome", answer.summary.name)
            field("granted", answer.summary.granted ?? .nan)
            if let reason = answer.summary.reason { field("outcome_reason", reason) }
        }
        if !request.chunks.isEmpty {
            array("chunks") { line in
                for chunk in request.chunks {
                    line.elementObject { line in
                        line.field("shape", chunk.shape)
                        line.field("count", chunk.count)
                    }
                }
            }
        }
        field("reasons", request.reasons)
    }
}
