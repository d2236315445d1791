/// What an agent says of its own rights, where `/proc` does not. Lines of a word, a tab and a value.
package struct SecurityReport: Sendable {
    package var facts: [(key: String, value: String)] = []

    package init() {}

    package mutating func add(_ key: String, _ value: String) { facts.append((key, value)) }

    package mutating func set(_ key: String, _ value: String) {
        facts.removeAll { $0.key == key }
        add(key, value)
    }

    package func values(_ key: String) -> [String] { facts.filter { $0.key == key }.map(\.value) }

    package var text: String {
        facts.map { key, value in
            "\(key)\t\(value.split(separator: "\n").joined(separator: " "))\n"
        }.joined()
    }

    package init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            if parts.count == 2 { add(parts[0], parts[1]) }
        }
    }
}
