/// One metric of a page in Prometheus' text format (version 0.0.4), with its samples.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram, untyped
    }

    package struct Sample: Sendable, Equatable {
        /// With a histogram's ending.
        package var name: String
        /// In the order of the page.
        package var labels: [(key: String, value: String)]
        package var value: Double

        package static func == (one: Sample, other: Sample) -> Bool {
            one.name == other.name && one.value == other.value && one.labels.elementsEqual(other.labels) { $0 == $1 }
        }
    }

    package var name: String
    package var kind = Kind.untyped
    package var help = ""
    package var samples: [Sample] = []

    /// A line that is not of the format.
    package struct Malformed: Error, CustomStringConvertible {
        package let line: Int
        package let text: String
        package var description: String { "line \(line) is no metric: \(text.prefix(120))" }
    }

    /// Families in the order of the page. O(bytes).
    package static func read(_ page: String) throws(Malformed) -> [MetricFamily] {
        var families: [MetricFamily] = []
        var number = 0
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            if line.isEmpty { continue }
            if line.hasPrefix("# ") {
                let words = line.dropFirst(2).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
                guard words.count == 3 else { continue }
                let name = String(words[1])
                if families.last?.name != name { families.append(MetricFamily(name: name)) }
                switch words[0] {
                case "HELP": families[families.count - 1].help = unescaped(words[2])
                case "TYPE": families[families.count - 1].kind = Kind(rawValue: String(words[2])) ?? .untyped
                default: break
                }
                continue
            }
            guard let sample = sample(line) else { throw Malformed(line: number, text: String(line)) }
            if let last = families.last, sample.name == last.name || last.kind == .histogram && sample.name.hasPrefix(last.name + "_") {
                families[families.count - 1].samples.append(sample)
            } else {
                families.append(MetricFamily(name: sample.name, samples: [sample]))
            }
        }
        return families.filter { !$0.samples.isEmpty }
    }

    /// `name{key="value",…} 1.5`, perhaps with a time behind it.
    private static func sample(_ line: Substring) -> Sample? {
        let bytes = Array(line.utf8)
        var place = bytes.firstIndex { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: " ") } ?? bytes.count
        guard place > 0, place < bytes.count else { return nil }
        let name = String(decoding: bytes[..<place], as: UTF8.self)
        var labels: [(key: String, value: String)] = []
        if bytes[place] == UInt8(ascii: "{") {
            place += 1
            while place < bytes.count, bytes[place] != UInt8(ascii: "}") {
                guard let equals = bytes[place...].firstIndex(of: UInt8(ascii: "=")), equals + 1 < bytes.count,
                    bytes[equals + 1] == UInt8(ascii: "\"")
                else { return nil }
                var end = equals + 2
                while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                    end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard end < bytes.count else { return nil }
                labels.append(
                    (
                        String(decoding: bytes[place..<equals], as: UTF8.self),
                        unescaped(Substring(String(decoding: bytes[equals + 2..<end], as: UTF8.self)))
                    ))
                place = end + 1
                if place < bytes.count, bytes[place] == UInt8(ascii: ",") { place += 1 }
            }
            place += 1
        }
        let words = String(decoding: bytes[min(place, bytes.count)...], as: UTF8.self).split(separator: " ")
        guard let word = words.first, let value = number(word) else { return nil }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func number(_ word: Substring) -> Double? {
        switch word {
        case "+Inf", "Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: Double(word)
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        var result = ""
        var isEscape = false
        for character in text.unicodeScalars {
            if isEscape {
                result.unicodeScalars.append(character == "n" ? "\n" : character)
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
