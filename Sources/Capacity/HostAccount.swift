/// Where one resource of the node stands. `granted + free == allocatable` where a limit is known,
/// and `granted + unmet == reserved`, to the last bit that doubles can hold.
package struct HostAccount: Sendable, Hashable {
    /// All that can be granted, or `nil` when no limit is known.
    package let allocatable: Double?
    /// What pools last asked for, summed.
    package let reserved: Double
    /// What pools were given, summed; never above `allocatable`.
    package let granted: Double

    /// What can still be granted, or `nil` when no limit is known.
    package var free: Double? { allocatable.map { $0 - granted } }
    /// What was asked for and not given.
    package var unmet: Double { reserved - granted }
}
