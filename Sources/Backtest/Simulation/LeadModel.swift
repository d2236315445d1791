internal import Glibc

/// How long a provider takes from a request to usable capacity.
package enum LeadModel: Sendable, Hashable {
    /// Always the same, seconds.
    case constant(Int64)
    /// Any number of seconds between the two, equally likely.
    case uniform(Int64, Int64)
    /// Each of these, seconds, equally likely; rising.
    case anyOf([Int64])
    /// Log-normal: the median in seconds, and the standard deviation of its natural logarithm.
    case logNormal(median: Int64, sigma: Double)

    /// A year: longer is a slip, and nanoseconds stay within 64 bits.
    package static let longest: Int64 = 31_536_000

    /// Reads `300`, `120-600`, `60,300,900` or `lognormal:300:0.5`.
    /// - Returns: `nil` for anything else, and for leads that are not within `0...longest`.
    package init?(_ text: String) {
        if text.hasPrefix("lognormal:") {
            let parts = text.dropFirst("lognormal:".count).split(
                separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let median = LeadModel.seconds(parts[0]), median > 0,
                let sigma = Double(parts[1]), sigma > 0, sigma <= 3
            else { return nil }
            self = .logNormal(median: median, sigma: sigma)
            return
        }
        if text.contains("-") {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let low = LeadModel.seconds(parts[0]),
                let high = LeadModel.seconds(parts[1]), low < high
            else { return nil }
            self = .uniform(low, high)
            return
        }
        var leads: [Int64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let lead = LeadModel.seconds(part) else { return nil }
            leads.append(lead)
        }
        self = leads.count == 1 ? .constant(leads[0]) : .anyOf(leads.sorted())
    }

    private static func seconds(_ text: Substring) -> Int64? {
        guard let seconds = Int64(text), (0...longest).contains(seconds) else { return nil }
        return seconds
    }

    /// The lead that half of all grants beat: what an operator would write into a configuration.
    package var medianSeconds: Int64 {
        switch self {
        case .constant(let lead): lead
        case .uniform(let low, let high): low + (high - low) / 2
        case .anyOf(let leads): leads[(leads.count - 1) / 2]
        case .logNormal(let median, _): median
        }
    }

    /// As it is given on the command line.
    package var text: String {
        switch self {
        case .constant(let lead): "\(lead)"
        case .uniform(let low, let high): "\(low)-\(high)"
        case .anyOf(let leads): leads.map { "\($0)" }.joined(separator: ",")
        case .logNormal(let median, let sigma): "lognormal:\(median):\(sigma)"
        }
    }

    /// The lead of one request, nanoseconds.
    func draw(_ generator: inout SplitMix64) -> Int64 {
        switch self {
        case .constant(let lead): return lead * 1_000_000_000
        case .uniform(let low, let high):
            return low * 1_000_000_000 + Int64(generator.unit() * Double(high - low) * 1e9)
        case .anyOf(let leads):
            return leads[Int(generator.unit() * Double(leads.count))] * 1_000_000_000
        case .logNormal(let median, let sigma):
            // Box and Muller (1958); 1 - u is never 0.
            let radius = (-2 * log(1 - generator.unit())).squareRoot()
            let normal = radius * cos(2 * Double.pi * generator.unit())
            let seconds = min(Double(median) * exp(sigma * normal), Double(LeadModel.longest))
            return Int64(seconds * 1e9)
        }
    }
}
