/// The rules every backtest is shown beside.
package enum StandardBaselines {
    /// Name of the baseline that ratios are taken against.
    package static let reference = "vpa"

    /// A fresh set, for one series.
    package static func make() -> [any BaselineForecaster] {
        [
            HistogramBaseline(name: reference, halfLifeSeconds: 86_400),
            HistogramBaseline(name: "vpa-x1.15", halfLifeSeconds: 86_400, margin: 1.15),
            SigmaBaseline(sigmas: 3),
            SigmaBaseline(sigmas: 5),
            HistogramBaseline(name: "autopilot", halfLifeSeconds: 43_200),
            RecentMaximumBaseline(),
            PersistenceBaseline(name: "persistence"),
            PersistenceBaseline(name: "reactive-0.7", utilisation: 0.7),
            SeasonalMaximumBaseline(),
        ]
    }
}
