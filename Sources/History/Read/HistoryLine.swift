internal import YAML

/// A JSON line of a history, taken apart. O(length).
package struct HistoryLine: Sendable {
    private let fields: [YAMLEntry]

    /// Nil when it is no JSON object.
    package init?(_ text: some Sequence<UInt8>) {
        guard case .mapping(let fields)? = (try? YAMLReader.read(Array(text)))?.content else { return nil }
        self.fields = fields
    }

    /// Whether a line is of a type, without taking it apart: most are of others.
    package static func isOf(_ type: String, _ text: ArraySlice<UInt8>) -> Bool {
        text.starts(with: #"{"type":"\#(type)""#.utf8)
    }

    package func word(_ key: String) -> String? {
        guard case .scalar(let text, _)? = fields.first(where: { $0.key == key })?.value.content else { return nil }
        return text
    }

    /// Nil where it is `null` too.
    package func number(_ key: String) -> Double? { word(key).flatMap(Double.init) }

    package func words(_ key: String) -> [String] {
        guard case .sequence(let all)? = fields.first(where: { $0.key == key })?.value.content else { return [] }
        return all.compactMap { if case .scalar(let text, _) = $0.content { text } else { nil } }
    }
}
