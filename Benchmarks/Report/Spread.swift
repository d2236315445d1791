/// Several measurements of one thing: the median and the quartiles around it.
///
/// Medians, because other load on the machine only ever adds to a round.
struct Spread: Sendable, Encodable {
    let median: Double
    let low: Double
    let high: Double
    let rounds: Int

    init(_ samples: [Double]) {
        precondition(!samples.isEmpty, "a spread of no samples")
        let sorted = samples.sorted()
        func quantile(_ share: Double) -> Double {
            let position = share * Double(sorted.count - 1)
            let below = Int(position)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
        }
        median = quantile(0.5)
        low = quantile(0.25)
        high = quantile(0.75)
        rounds = samples.count
    }

    init(exactly value: Double) { self.init([value]) }
}
