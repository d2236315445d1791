/// What one lead time knows, for an explanation; in the series' own unit.
struct ExplainedHorizon {
    /// A season, its period and how much less it errs than the level.
    struct Season {
        let view: SeasonView
        let periodSeconds: Int64
        let strength: Float

        func told(unit: Double) -> ForecastExplanation.Season {
            ForecastExplanation.Season(
                periodSeconds: periodSeconds,
                isSeen: view.isAwake,
                usualLevel: view.isAwake ? Double(view.now) * unit : 0,
                usualPeak: view.isAwake ? Double(view.peak) * unit : 0,
                strength: view.isAwake ? Double(strength) : 0
            )
        }
    }

    let value: Float
    /// Centers, units of residuals and who is awake, as for the last sample.
    let experts: ExpertView
    /// Unit of the conformal step.
    let unit: Float
    let rates: LearningRates
    let labels: UInt32
    /// Labels that share a sample.
    let overlap: UInt8
    let isShifted: Bool
    /// Below which the median and above, and the upper quantiles, may not lie now; 0 for none.
    let present: Float
    let held: Float
    let seasons: [Season]

    /// Below which a quantile may not lie now, whatever the experts say.
    func least(_ level: Float) -> Float { max(level >= 0.5 ? present : 0, level >= 0.75 ? held : 0) }
}

/// What one quantile makes of it.
struct ExplainedQuantile {
    let weights: Lanes
    /// What each expert alone says.
    let forecasts: Lanes
    let awake: Lanes
    let shift: Float
    /// Distance between the forecast after a miss and after a hit.
    let step: Float

    /// What is issued, but for other quantiles and lead times that raise it.
    let own: Float

    /// The heaviest first; equal ones in the panel's order.
    func experts(unit: Double) -> [ForecastExplanation.Expert] {
        let order = weights.indices.sorted {
            (weights[$1], $0) < (weights[$0], $1)
        }
        return order.map { lane in
            ForecastExplanation.Expert(
                name: ExpertPanel.names[lane],
                weight: Double(weights[lane]),
                forecast: awake[lane] > 0 ? Double(forecasts[lane]) * unit : nil
            )
        }
    }
}
