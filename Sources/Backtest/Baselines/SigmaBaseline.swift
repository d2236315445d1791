internal import Glibc

/// Mean plus N standard deviations of the recent past (N-sigma; Bashir et al., "Take it to the
/// limit", EuroSys 2021), here over an exponential memory of 10 hours.
package struct SigmaBaseline: BaselineForecaster {
    private static let memorySeconds = 36_000.0

    package let sigmas: Double
    package var name: String { "nsigma\(Int(sigmas))" }
    private var mean = 0.0
    private var variance = 0.0
    private var weight = 0.0
    private var lastSeconds: Int64?

    package init(sigmas: Double) { self.sigmas = sigmas }

    package mutating func observe(timeSeconds: Int64, value: Double) {
        if let last = lastSeconds {
            weight *= exp(-Double(timeSeconds - last) / Self.memorySeconds)
        }
        lastSeconds = timeSeconds
        weight += 1
        let gap = value - mean
        mean += gap / weight
        variance += (gap * (value - mean) - variance) / weight
    }

    package func forecast(quantile: Double) -> Double {
        mean + sigmas * max(0, variance).squareRoot()
    }
}
