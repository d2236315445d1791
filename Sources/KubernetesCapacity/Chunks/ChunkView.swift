internal import Capacity

/// How far a cluster is with a pool's chunks.
struct ChunkView: Sendable, Hashable {
    enum Progress: Sendable, Hashable {
        /// It may yet become more, or less.
        case waiting(String)
        /// The cluster cannot be asked now.
        case unknown(String)
        /// As many as were asked of the cluster are there.
        case reached
        /// Fewer are there, and that is the cluster's answer.
        case limited(String)
        /// None will come.
        case refused(String)
    }

    /// Chunks that are there; nil when the cluster does not say.
    var provided: Int?
    var progress: Progress
}

extension ChunkView {
    /// The answer to a request that takes `need` chunks; nil while there is none yet.
    func outcome(
        _ request: CapacityRequest,
        need: Int,
        of size: ChunkSize,
        ceiling: Int?
    ) -> CapacityOutcome? {
        if let provided, provided >= need { return .granted(amount: request.amount) }
        switch progress {
        case .waiting, .unknown:
            return nil
        case .reached:
            let ceiling = ceiling.map { "\($0) chunks are the most (--max-chunks)" }
            return partial(request, of: size, ceiling ?? "fewer chunks than asked for")
        case .limited(let reason):
            return partial(request, of: size, reason)
        case .refused(let reason):
            return .denied(reason: reason)
        }
    }

    /// The answer when there is no more time.
    func late(_ request: CapacityRequest, of size: ChunkSize, after limit: Duration)
        -> CapacityOutcome
    {
        let reason =
            switch progress {
            case .waiting(let reason), .unknown(let reason), .limited(let reason), .refused(let reason): reason
            case .reached: "fewer chunks than asked for"
            }
        return partial(request, of: size, "not there after \(limit): \(reason)")
    }

    private func partial(
        _ request: CapacityRequest,
        of size: ChunkSize,
        _ reason: String
    ) -> CapacityOutcome {
        guard let provided, provided > 0 else { return .denied(reason: reason) }
        return .partial(
            amount: PoolNeeds.total(request, chunks: provided, of: size),
            reason: reason
        )
    }
}
