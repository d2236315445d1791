internal import YAML

/// One named part of a record.
struct RecordField<Record: Sendable>: Sendable {
    let name: String
    let expected: String
    let isNeeded: Bool
    let read: @Sendable (YAMLNode, inout Record) throws(Refusal) -> Void
    /// Nil: it stands for nothing, and is not written.
    let show: @Sendable (Record) -> ShownValue?

    /// A part without which there is no record.
    init<Value: Sendable>(
        needed name: String,
        _ path: any WritableKeyPath<Record, Value> & Sendable,
        _ kind: ValueKind<Value>
    ) {
        self.name = name
        expected = kind.expected
        isNeeded = true
        read = { node, record throws(Refusal) in record[keyPath: path] = try kind.parse(node) }
        show = { kind.show($0[keyPath: path]) }
    }

    /// A part that keeps its first value where none is given, and is not written then.
    init<Value: Sendable & Equatable>(
        _ name: String,
        _ path: any WritableKeyPath<Record, Value> & Sendable,
        _ kind: ValueKind<Value>,
        standard: Value
    ) {
        self.name = name
        expected = kind.expected
        isNeeded = false
        read = { node, record throws(Refusal) in record[keyPath: path] = try kind.parse(node) }
        show = { record in
            let value = record[keyPath: path]
            return value == standard ? nil : kind.show(value)
        }
    }

    /// A part that need not be there.
    init<Value: Sendable>(
        _ name: String,
        _ path: any WritableKeyPath<Record, Value?> & Sendable,
        _ kind: ValueKind<Value>
    ) {
        self.name = name
        expected = kind.expected
        isNeeded = false
        read = { node, record throws(Refusal) in record[keyPath: path] = try kind.parse(node) }
        show = { $0[keyPath: path].map(kind.show) }
    }
}

extension ValueKind {
    /// Named parts together: a section, or `{name: web, weight: 2}`.
    ///
    /// - Parameters:
    ///   - initial: what parts that are not given are.
    ///   - rule: says what is wrong with good parts together; nil: nothing.
    static func record(
        _ expected: String,
        _ initial: Value,
        _ fields: [RecordField<Value>],
        rule: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) -> ValueKind {
        ValueKind(
            expected: expected,
            parse: { node throws(Refusal) in
                guard case .mapping(let entries) = node.content else {
                    throw Refusal(reason: "not keys with values")
                }
                var record = initial
                for entry in entries {
                    guard let field = fields.first(where: { $0.name == entry.key }) else {
                        throw Refusal(
                            reason: "\(Printable.quoted(entry.key)) is no key here",
                            suggestion: Nearest.name(to: entry.key, in: fields.map(\.name)),
                            mark: entry.mark,
                            expected: "one of " + fields.map(\.name).joined(separator: ", ")
                        )
                    }
                    do throws(Refusal) {
                        try field.read(entry.value, &record)
                    } catch {
                        var error = error
                        error.reason = "\(field.name): \(error.reason)"
                        error.mark = error.mark ?? entry.value.mark ?? entry.mark
                        error.expected = error.expected ?? field.expected
                        throw error
                    }
                }
                for field in fields
                where field.isNeeded && !entries.contains(where: { $0.key == field.name }) {
                    throw Refusal(
                        reason: "\(field.name) is missing", mark: node.mark, expected: field.expected)
                }
                if let reason = rule(record) { throw Refusal(reason: reason, mark: node.mark) }
                return record
            },
            show: { record in
                .record(
                    fields.compactMap { field in
                        field.show(record).map { ShownField(name: field.name, value: $0) }
                    })
            }
        )
    }
}
