internal import YAML

/// How one kind of value is read, checked and shown.
struct ValueKind<Value: Sendable>: Sendable {
    /// What a good value is: "a duration from 10ms to 1h, such as 1s".
    let expected: String
    let parse: @Sendable (YAMLNode) throws(Refusal) -> Value
    let show: @Sendable (Value) -> ShownValue

    /// This, or one word that stands for no value.
    func orWord(_ word: String) -> ValueKind<Value?> {
        ValueKind<Value?>(
            expected: "\(expected); or \(word)",
            parse: { node throws(Refusal) in
                if case .scalar(word, _) = node.content { return nil }
                return try parse(node)
            },
            show: { $0.map(show) ?? .text(word) }
        )
    }

    /// Several of these, in brackets or as a list; as a flag, separated by commas.
    /// - Parameter rule: says what is wrong with good values together; nil: nothing.
    func list(
        _ counts: ClosedRange<Int>,
        of plural: String,
        example: String,
        rule: @escaping @Sendable ([Value]) -> String?
    ) -> ValueKind<[Value]> {
        let range =
            counts.lowerBound == 0
            ? "at most \(counts.upperBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
        return ValueKind<[Value]>(
            expected: "a list of \(range) \(plural), such as \(example)",
            parse: { node throws(Refusal) in
                var values: [Value] = []
                for element in try node.elements() {
                    do throws(Refusal) {
                        values.append(try parse(element))
                    } catch {
                        var error = error
                        error.mark = error.mark ?? element.mark
                        throw error
                    }
                }
                guard counts.contains(values.count) else {
                    throw Refusal(reason: "a list of \(values.count)")
                }
                if let reason = rule(values) { throw Refusal(reason: reason) }
                return values
            },
            show: { .list($0.map(show)) }
        )
    }
}

extension YAMLNode {
    /// A word of a command line: no place, and units may be left out.
    init(argument: String) {
        self.init(content: .scalar(argument, isPlain: true), mark: nil)
    }

    var isArgument: Bool { mark == nil }

    /// The text of a single value.
    func text() throws(Refusal) -> String {
        switch content {
        case .scalar("", isPlain: true) where !isArgument: throw Refusal(reason: "nothing is given")
        case .scalar(let text, _): return text
        case .sequence: throw Refusal(reason: "a list")
        case .mapping: throw Refusal(reason: "a section")
        }
    }

    /// The text of a value that is a number or a word of the format, hence in no quotes.
    func plainText() throws(Refusal) -> String {
        let text = try text()
        if case .scalar(_, isPlain: false) = content {
            throw Refusal(reason: "\(Printable.quoted(text)) in quotes is text")
        }
        return text
    }

    func elements() throws(Refusal) -> [YAMLNode] {
        switch content {
        case .sequence(let nodes): return nodes
        case .scalar(let text, _) where isArgument:
            return text.isEmpty
                ? []
                : text.split(separator: ",", omittingEmptySubsequences: false)
                    .map { YAMLNode(argument: String($0)) }
        case .scalar("", isPlain: true): throw Refusal(reason: "nothing is given")
        case .scalar(let text, _): throw Refusal(reason: "\(Printable.quoted(text)) is not a list")
        case .mapping: throw Refusal(reason: "a section")
        }
    }
}
