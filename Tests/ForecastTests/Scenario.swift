import Forecast

/// Deterministic inputs for the tests; time is injected, nothing waits.
enum Scenario {
    static let second: Int64 = 1_000_000_000
    static let start: Int64 = 1_700_000_000 * second

    static func forecaster(_ leadsSeconds: [Int64], _ quantiles: [Double]) -> SeriesForecaster {
        SeriesForecaster(
            configuration: ForecastConfiguration(
                horizonsNanoseconds: leadsSeconds.map { $0 * second },
                quantiles: quantiles
            )
        )
    }

    /// Noise around a slow wave with rare bursts, from a 64-bit congruential generator.
    static func values(count: Int, seed: UInt64) -> [Double] {
        var random = Randomness(seed: seed)
        var wave = 0.0
        return (0..<count).map { _ in
            wave += 0.05 * (random.gaussian() - wave)
            let burst = random.uniform() < 0.01 ? random.uniform() : 0
            return max(0, 1 + 0.4 * wave + 0.1 * random.gaussian() + burst)
        }
    }
}

/// Knuth's MMIX generator; the tests' own, so that results never change with the library.
struct Randomness {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / 9_007_199_254_740_992
    }

    /// Sum of twelve uniforms: variance 1, close enough to a Gaussian.
    mutating func gaussian() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return sum
    }
}
