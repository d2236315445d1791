import Foundation

/// A page of metrics, read back strictly: by this, not by the code that wrote it.
struct Exposition {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
        let text: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let text: String
    let samples: [Sample]
    /// Type by family, in order.
    let families: [(name: String, type: String)]
    let helps: [String: String]

    init(_ bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(description: "not UTF-8")
        }
        self.text = text
        guard text.hasSuffix("\n") else { throw Failure(description: "no line end at the end") }
        var samples: [Sample] = []
        var families: [(name: String, type: String)] = []
        var helps: [String: String] = [:]
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# TYPE ") {
                families.append((words[2], words[3]))
            } else if line.hasPrefix("# HELP ") {
                helps[words[2]] = words[3]
            } else if !line.hasPrefix("#") {
                let sample = try Self.sample(line)
                guard let family = families.last, sample.name.hasPrefix(family.name) else {
                    throw Failure(description: "out of its family: \(line)")
                }
                samples.append(sample)
            }
        }
        let names = families.map(\.name)
        guard Set(names).count == names.count else {
            throw Failure(description: "a family comes twice")
        }
        let series = samples.map { "\($0.name)\($0.labels.sorted { $0.key < $1.key })" }
        guard Set(series).count == series.count else {
            throw Failure(description: "a series comes twice")
        }
        self.samples = samples
        self.families = families
        self.helps = helps
    }

    private static func sample(_ line: Substring) throws -> Sample {
        func fail() -> Failure { Failure(description: "not a sample: \(line)") }
        var rest = line
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" }
        rest.removeFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                if !labels.isEmpty {
                    guard rest.first == "," else { throw fail() }
                    rest.removeFirst()
                }
                let label = rest.prefix { $0 != "=" }
                rest.removeFirst(label.count)
                guard rest.hasPrefix("=\"") else { throw fail() }
                rest.removeFirst(2)
                var value = ""
                while true {
                    guard let next = rest.popFirst() else { throw fail() }
                    if next == "\"" { break }
                    guard next == "\\" else {
                        value.append(next)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    default: throw fail()
                    }
                }
                guard labels.updateValue(value, forKey: String(label)) == nil else { throw fail() }
            }
            rest.removeFirst()
        }
        guard rest.first == " " else { throw fail() }
        let text = String(rest.dropFirst())
        let value =
            switch text {
            case "+Inf": Double.infinity
            case "-Inf": -Double.infinity
            case "NaN": Double.nan
            default: Double(text)
            }
        guard let value, !text.contains(" ") else { throw fail() }
        return Sample(name: String(name), labels: labels, value: value, text: text)
    }

    func all(_ name: String) -> [Sample] { samples.filter { $0.name == name } }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = all(name).filter { sample in
            labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return found.count == 1 ? found[0].value : nil
    }

    /// What every leaf, and the rest, has together.
    func sumOfLeaves(_ name: String) -> Double {
        all(name).filter { $0.labels["leaf"] == "true" }.reduce(0) { $0 + $1.value }
    }
}
