/// Observations that were refused, by cause. A refused observation changes nothing else.
package struct RejectedObservations: Sendable, Hashable {
    /// Value or coverage was NaN or infinite.
    package internal(set) var notFinite: UInt64 = 0
    /// Value below zero.
    package internal(set) var negative: UInt64 = 0
    /// Time equal to or before the previous observation's.
    package internal(set) var timeNotIncreasing: UInt64 = 0

    package init() {}

    package var total: UInt64 { notFinite &+ negative &+ timeNotIncreasing }
}
