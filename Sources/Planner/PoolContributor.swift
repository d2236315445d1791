/// One application's own share in a pool's forecast: says who asks, is not added up.
///
/// The sum of applications' quantiles is larger than the quantile of their sum; these figures
/// explain a plan and never make one.
package struct PoolContributor: Sendable, Hashable {
    /// The application, as it is shown to people: a cgroup path or a trace's name.
    package var name: String
    /// Its own quantile over the lead time, in the resource's unit.
    package var quantile: Double
    /// What it uses now.
    package var inUse: Double

    package init(name: String, quantile: Double, inUse: Double) {
        self.name = name
        self.quantile = quantile
        self.inUse = inUse
    }
}
