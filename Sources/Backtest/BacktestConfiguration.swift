/// What a backtest asks for.
package struct BacktestConfiguration: Sendable, Hashable {
    /// Lead times in seconds, positive.
    package let horizonsSeconds: [Int64]
    /// Strictly increasing, within `0..<1`.
    package let quantiles: [Double]
    /// Where `<application>.predictions.csv` goes; `nil` writes none.
    package let predictionsDirectory: String?
    /// Where the drawing of the only trace goes; `nil` draws none.
    package let plotPath: String?

    package init(
        horizonsSeconds: [Int64],
        quantiles: [Double],
        predictionsDirectory: String?,
        plotPath: String? = nil
    ) {
        self.horizonsSeconds = horizonsSeconds
        self.quantiles = quantiles
        self.predictionsDirectory = predictionsDirectory
        self.plotPath = plotPath
    }
}
