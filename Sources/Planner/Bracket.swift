/// Two of a list that speak for something between them, or beyond.
package protocol Bracket {
    /// Indices of the two; equal when one speaks alone.
    var lower: Int { get }
    var upper: Int { get }
    /// Weight of `upper`; 0 when `lower` speaks alone.
    var share: Double { get }
}

extension Bracket {
    /// The value, from those of the two; nil while one is not known.
    package func value(_ of: (Int) -> Double?) -> Double? {
        guard let low = of(lower) else { return nil }
        guard share > 0 else { return low }
        guard let high = of(upper) else { return nil }
        return low + share * (high - low)
    }
}
