extension SeriesForecaster {
    /// Why this quantile is what it is; `nil` before the first sample. Allocates.
    package func explanation(horizon: Int, quantile: Int) -> ForecastExplanation? {
        let records = unsafe storage.records
        defer { withExtendedLifetime(storage) {} }
        let index = unsafe Self.index(records, horizon, quantile)
        let state = unsafe records.header.pointee.state
        guard state.hasStarted, let forecast = forecast(horizon: horizon, quantile: quantile)
        else { return nil }
        let level = configuration.quantiles[quantile]
        let learner = unsafe records.learners[index]
        let unit = state.scale > 0 ? 1 / state.scale : 1
        let view = unsafe records.horizons[horizon].explained(state.lastTick)
        let labels = view.labels
        let shown = unsafe records.quantiles[index].explained(view, level: Float(level))
        var influences: [ForecastExplanation.Influence] = []
        let needed = Int((Double(view.overlap) / (1 - level)).rounded(.up))
        if labels < needed { influences.append(.moreLabels(needed - Int(labels))) }
        for season in view.seasons where !season.view.isAwake {
            influences.append(.seasonSeen(periodSeconds: season.periodSeconds))
        }
        if view.isShifted { influences.append(.shiftOver) }
        let issued = unsafe records.quantiles[index].issued
        // Less than a thousandth is arithmetic, not a raise.
        let raisedBy = configuration.nextShorter(than: horizon).flatMap { shorter in
            unsafe shown.own < 0.999 * issued && records.quantiles(of: shorter)[quantile].issued == issued ? shorter : nil
        }
        let step = Double(shown.step) * unit
        influences.append(.miss(raisesBy: level * step))
        influences.append(.hit(lowersBy: (1 - level) * step))
        return ForecastExplanation(
            leadNanoseconds: configuration.horizonsNanoseconds[horizon],
            quantile: level,
            forecast: forecast,
            present: Double(view.value) * unit,
            presentSeconds: state.lastTick.second,
            experts: shown.experts(unit: unit),
            conformalShift: Double(shown.shift) * unit,
            raisedByLeadNanoseconds: raisedBy.map { configuration.horizonsNanoseconds[$0] },
            calibration: calibration(horizon: horizon, quantile: quantile),
            recentCoverage: learner.recentCoverage(labels: labels),
            lastMiss: learner.lastMiss(
                labels: labels,
                now: state.lastTick.second,
                scale: 1 / unit
            ),
            seasons: view.seasons.map { $0.told(unit: unit) },
            isWarm: labels >= needed,
            influences: influences
        )
    }
}
