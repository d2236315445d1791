/// How often a simulated provider does not do what it is asked: shares of requests, each
/// `0...1`, together at most 1. Releases never fail.
package struct FailureShares: Sendable, Hashable {
    /// Nothing is given, and the refusal is told at once.
    package var denied = 0.0
    /// A share of what was asked for, uniform in `0..<1`, comes; the rest is refused at once.
    package var partial = 0.0
    /// It comes after `lateFactor` times its lead.
    package var late = 0.0

    package static let lateFactor: Int64 = 4
    package static let none = FailureShares()

    package init() {}

    /// Reads `denied=0.1,partial=0.2,late=0.05`, in any order.
    /// - Returns: `nil` for anything else, for a name given twice and for shares out of range.
    package init?(_ text: String) {
        var seen: Set<Substring> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, seen.insert(pair[0]).inserted, let share = Double(pair[1]),
                (0...1).contains(share)
            else { return nil }
            switch pair[0] {
            case "denied": denied = share
            case "partial": partial = share
            case "late": late = share
            default: return nil
            }
        }
        guard denied + partial + late <= 1 else { return nil }
    }

    /// As it is given on the command line.
    package var text: String {
        [("denied", denied), ("partial", partial), ("late", late)].filter { $0.1 > 0 }
            .map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    }
}
