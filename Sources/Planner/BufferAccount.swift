/// Where one resource of one pool stands, in the resource's unit. It always adds up:
/// `granted == inUse + free` unless demand is above it, when `free` is 0 and `short` is the rest
/// of demand; `expiring ≤ free`.
package struct BufferAccount: Sendable, Hashable {
    /// What was last asked for, in all.
    package let reserved: Double
    /// Granted and usable.
    package let granted: Double
    /// Granted or asked for, and not usable yet.
    package let pending: Double
    /// Of what is granted, used now.
    package let inUse: Double
    /// Of what is granted, not used now.
    package let free: Double
    /// Demand that finds nothing.
    package let short: Double
    /// Of what is free, no longer wanted: released when the need stays down.
    package let expiring: Double

    /// - Parameters:
    ///   - demand: what the pool uses now.
    ///   - granted: what can be used.
    ///   - pending: granted or asked for, and not usable yet.
    ///   - reserved: the total last asked for.
    ///   - wanted: the total that the plan wants now.
    package init(demand: Double, granted: Double, pending: Double, reserved: Double, wanted: Double) {
        self.granted = granted
        self.pending = pending
        self.reserved = reserved
        inUse = min(demand, granted)
        free = granted - min(demand, granted)
        short = max(0, demand - granted)
        expiring = min(granted - min(demand, granted), max(0, granted - wanted))
    }

    /// What of the free capacity is there for one application.
    /// - Parameters:
    ///   - need: how far its own quantile over the lead time is above what it uses; not negative.
    ///   - total: the sum of that over all applications. While none needs more, 0 or not finite,
    ///     what is free belongs to none.
    package func share(need: Double, of total: Double) -> Double {
        total > 0 && total.isFinite ? free * min(1, need / total) : 0
    }
}
