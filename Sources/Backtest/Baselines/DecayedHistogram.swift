internal import Glibc

/// The Vertical Pod Autoscaler's histogram: exponential buckets 5 % apart, weights that halve
/// with every half-life of age.
///
/// Kubernetes autoscaler, `pkg/recommender/util/decaying_histogram.go`. The buckets reach from
/// 1e-6 to 1e19 so that one layout serves cores and bytes.
struct DecayedHistogram {
    private static let firstBound = 1e-6
    private static let growth = 1.05
    private static let bucketCount = 1_200

    let halfLifeSeconds: Double
    private var weights = [Double](repeating: 0, count: bucketCount)
    private var total = 0.0
    /// Age zero of the weights; moved before they could overflow.
    private var reference: Int64?
    private var lowest = bucketCount - 1
    private var highest = 0

    init(halfLifeSeconds: Double) { self.halfLifeSeconds = halfLifeSeconds }

    mutating func observe(timeSeconds: Int64, value: Double) {
        var age = Double(timeSeconds - (reference ?? timeSeconds)) / halfLifeSeconds
        if reference == nil || age > 100 {
            let factor = exp2(-age)
            for bucket in weights.indices { weights[bucket] *= factor }
            total *= factor
            reference = timeSeconds
            age = 0
        }
        let bucket = Self.bucket(value)
        weights[bucket] += exp2(age)
        total += exp2(age)
        lowest = min(lowest, bucket)
        highest = max(highest, bucket)
    }

    /// The upper bound of the bucket in which the weight reaches `quantile`.
    func quantile(_ quantile: Double) -> Double {
        guard highest >= lowest else { return 0 }
        var seen = 0.0
        for bucket in lowest...highest {
            seen += weights[bucket]
            if seen >= quantile * total { return Self.upperBound(bucket) }
        }
        return Self.upperBound(highest)
    }

    private static func bucket(_ value: Double) -> Int {
        guard value >= firstBound else { return 0 }
        let index = log(value / firstBound) / log(growth)
        return 1 + Int(min(Double(bucketCount - 2), index))
    }

    private static func upperBound(_ bucket: Int) -> Double {
        bucket == 0 ? 0 : firstBound * pow(growth, Double(bucket))
    }
}
