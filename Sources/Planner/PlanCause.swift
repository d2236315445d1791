/// Why a decision is what it is; its numbers stand in the decision.
package enum PlanCause: Sendable, Hashable {
    /// Ready and pending capacity cover the need and are not far above it.
    case covered
    /// More is asked for.
    case raised
    /// Less is held: the need stayed lower for this long at least.
    case lowered(afterNanoseconds: Int64)
    /// The need is lower, but not yet for long enough; this much is left to wait, 0 when
    /// the next sample decides.
    case waitingToLower(remainingNanoseconds: Int64)
    /// Another total would be better, but staying put has cost only this share of what a change
    /// is worth so far; `0..<1`.
    case notWorthAChange(paid: Double)
    /// Less is held: holding it had cost what a change is worth.
    case loweredToSave
    /// The need is lower, but so little of the window was seen that nothing is given up.
    case tooLittleSeen(coverage: Double)
    /// The same was asked for this long ago and has not been answered with capacity.
    case alreadyAsked(agoNanoseconds: Int64)
    /// More is needed, and has been refused so often that it is not asked for now; it is tried
    /// again in this time.
    case refusedTooOften(inARow: Int, waitNanoseconds: Int64)
    /// Less is held: others have a right to what is above its share.
    case yielded
    /// No more may be asked for, or given back, within this time.
    case ramped(waitNanoseconds: Int64)
    /// The input was not usable; nothing is asked for and nothing was learnt from it.
    case refused(RefusedInput)
}
