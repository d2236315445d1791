/// Rounds a need to whole chunks within the configured bounds.
struct ChunkGrid: Sendable {
    let chunk: Double
    /// The least total, whole chunks.
    let minimum: Double
    /// The greatest total, whole chunks or infinite.
    let maximum: Double

    /// - Precondition: `chunk` is positive and finite, `0 ≤ minimum ≤ maximum`, and at least one
    ///   chunk fits under `maximum`.
    init(chunk: Double, minimum: Double, maximum: Double) {
        precondition(chunk > 0 && chunk.isFinite, "chunk must be positive, got \(chunk)")
        precondition(minimum >= 0 && minimum.isFinite, "minimum must be at least 0, got \(minimum)")
        self.chunk = chunk
        self.minimum = ChunkGrid.roundUp(minimum, chunk: chunk)
        self.maximum = ChunkGrid.roundDown(maximum, chunk: chunk)
        precondition(
            self.maximum >= chunk && self.maximum >= self.minimum,
            "maximum must hold one chunk of \(chunk) and the minimum \(minimum), got \(maximum)"
        )
    }

    /// Whether a grid can be made of these.
    static func exists(chunk: Double, minimum: Double, maximum: Double) -> Bool {
        roundDown(maximum, chunk: chunk) >= max(chunk, roundUp(minimum, chunk: chunk))
    }

    /// The greatest multiple of `chunk` up to `value`; `value` itself where it is one but for what sums of doubles leave.
    private static func roundDown(_ value: Double, chunk: Double) -> Double {
        value.isFinite ? min((value / chunk + 1e-9).rounded(.down) * chunk, value) : value
    }

    /// The smallest allowed total that covers `need`, or `maximum` when none does.
    func total(covering need: Double) -> Double {
        max(minimum, min(maximum, ChunkGrid.roundUp(need, chunk: chunk)))
    }

    /// The largest number of whole chunks up to `value`.
    func floor(_ value: Double) -> Double { max(0, ChunkGrid.roundDown(value, chunk: chunk)) }

    /// Whole chunks of a ceiling, unless those do not cover what is in use; nil without one.
    func share(of ceiling: Double?, inUse: Double) -> Double? {
        guard let ceiling, ceiling >= 0 else { return nil }
        let whole = floor(ceiling)
        return whole >= min(inUse, ceiling) ? whole : ceiling
    }

    /// The smallest number of whole chunks from `value` on.
    func ceiling(_ value: Double) -> Double { ChunkGrid.roundUp(value, chunk: chunk) }

    /// The smallest multiple of `chunk` not below `value`; `value` itself where a chunk is less
    /// than the spacing of doubles.
    private static func roundUp(_ value: Double, chunk: Double) -> Double {
        let count = (value / chunk).rounded(.up)
        guard count < 0x1p52 else { return value }
        let rounded = count * chunk
        return rounded >= value ? rounded : (count + 1) * chunk
    }
}
