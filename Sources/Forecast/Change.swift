/// Something that happened to an application, and what the forecaster makes of it.
package enum Change: Sendable, Hashable {
    /// Its processes began anew: what its levels were says nothing about now. Experts begin at
    /// the next sample, forecasts that wait for their label are dropped. Which experts are good
    /// and how wide the errors are stays. Seasons stay for what users ask for (CPU, network) and
    /// go for what a process has gathered (memory): `keepsSeasons` says which this is.
    case restart(keepsSeasons: Bool)
    /// Other code or another limit: levels may move, so widths are learned as fast as at the
    /// beginning. Nothing is forgotten.
    case deploy
    /// The kernel killed it at this limit, in the series' unit: demand was above the limit,
    /// though no sample could show it. Labels of the forecasts that wait are raised to a tenth
    /// above the limit.
    case outOfMemory(limit: Double)
}
