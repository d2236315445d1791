/// The way to one field of an object.
struct FieldPath: Hashable, Sendable {
    enum Element: Hashable, Sendable {
        case field(String)
        /// An item of a list with keys.
        case item([String: JSON])
        /// An item of a set.
        case value(JSON)
    }

    var elements: [Element] = []

    func appending(_ element: Element) -> FieldPath { FieldPath(elements: elements + [element]) }

    /// As conflicts have it: `.spec.template.spec.containers[name="web"].image`.
    var text: String {
        elements.reduce(into: "") { text, element in
            switch element {
            case .field(let name): text += ".\(name)"
            case .item(let keys):
                text += "[" + keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") + "]"
            case .value(let value): text += "[=\(value)]"
            }
        }
    }

    func isWithin(_ other: FieldPath) -> Bool { elements.starts(with: other.elements) }

    func value(in object: JSON) -> JSON? {
        var value = object
        for element in elements {
            switch element {
            case .field(let name):
                guard let next = value.fields?[name] else { return nil }
                value = next
            case .item(let keys):
                guard
                    let next = value.items?.first(where: {
                        ListRule.identity($0, Array(keys.keys)) == keys
                    })
                else { return nil }
                value = next
            case .value(let item):
                guard value.items?.contains(item) == true else { return nil }
                value = item
            }
        }
        return value
    }

    /// Takes the field out, and the objects that are empty then.
    func remove(from object: inout JSON) {
        object = Self.removed(elements[...], from: object) ?? .object([:])
    }

    private static func removed(_ elements: ArraySlice<Element>, from value: JSON) -> JSON? {
        guard let element = elements.first else { return nil }
        let rest = elements.dropFirst()
        switch element {
        case .field(let name):
            guard var fields = value.fields, let member = fields[name] else { return value }
            fields[name] = removed(rest, from: member)
            return fields.isEmpty ? nil : .object(fields)
        case .item(let keys):
            guard var items = value.items,
                let place = items.firstIndex(where: { ListRule.identity($0, Array(keys.keys)) == keys })
            else { return value }
            if let left = removed(rest, from: items[place]) {
                items[place] = left
            } else {
                items.remove(at: place)
            }
            return items.isEmpty ? nil : .array(items)
        case .value(let item):
            guard let items = value.items else { return value }
            let left = items.filter { $0 != item }
            return left.isEmpty ? nil : .array(left)
        }
    }
}
