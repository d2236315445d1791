internal import Forecast

/// Request rates that a load balancer's exporter or a script keeps in a file:
///
///     # requests a second
///     120
///     5m 300
///     1h 900
///
/// The first line is the rate now, the others what is expected so long after the file was written. Empty lines
/// and what follows a `#` count for nothing.
package struct RateFile: Sendable, Hashable {
    /// The largest file that is read.
    static let limit = 16_384
    /// Requests a second.
    static let largestRate = 1e12

    package var path: String
    /// A file that was written longer ago says nothing, nanoseconds.
    package var staleNanoseconds: Int64

    package init(path: String, staleNanoseconds: Int64) {
        self.path = path
        self.staleNanoseconds = staleNanoseconds
    }

    /// Why a text is no such file, with the line's number and value.
    struct Refusal: Error, Hashable, CustomStringConvertible {
        let line: Int
        let reason: String

        var description: String { "line \(line): \(reason)" }
    }

    static func parse(_ text: String) throws(Refusal) -> ExpectedRates {
        var rates: ExpectedRates?
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty { continue }
            guard rates != nil else {
                guard words.count == 1, let rate = Self.rate(words[0]) else {
                    throw Refusal(
                        line: number,
                        reason: "\"\(words.joined(separator: " "))\" is no rate now; expected requests a second, such as 120")
                }
                rates = ExpectedRates(rate: rate)
                continue
            }
            guard words.count == 2, let ahead = Self.duration(words[0]), let rate = Self.rate(words[1]) else {
                throw Refusal(
                    line: number,
                    reason:
                        "\"\(words.joined(separator: " "))\" is no expected rate; expected a time from now to 7d and requests a second, such as 5m 300"
                )
            }
            guard rates!.points.count < ExpectedRates.limit else {
                throw Refusal(
                    line: number, reason: "more than \(ExpectedRates.limit) expected rates")
            }
            rates!.points.append(ExpectedRates.Point(aheadNanoseconds: ahead, rate: rate))
        }
        guard let rates else { throw Refusal(line: number, reason: "there is no rate in it") }
        return rates
    }

    private static func rate(_ text: String) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }),
            let rate = Double(text), rate >= 0, rate <= Self.largestRate
        else { return nil }
        return rate
    }

    /// `30s`, `5m`, `1h`, `2d`; at most a week.
    private static func duration(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            count >= 0, count <= 604_800 / unit
        else { return nil }
        return count * unit * 1_000_000_000
    }
}
