/// The shape of an object: which members there are and of which types.
indirect enum Schema: Sendable {
    /// Not looked into.
    case any
    case string
    case integer
    case boolean
    /// `1500m`, `2Gi`.
    case quantity
    /// RFC 3339.
    case time
    /// RFC 3339 with six digits after the second: leases and events have these and no others.
    case microTime
    case map(Schema)
    case list(Schema)
    case object([String: Schema])

    /// `body` as a server takes it: what it does not know is dropped, or refused where `isStrict`.
    func checked(
        _ body: JSON, _ kind: ServedKind, _ apiVersion: String, isStrict: Bool
    ) throws(StatusError) -> JSON {
        var reading = Reading()
        let value = reading.read(body, self, "")
        if let fault = reading.faults.first {
            if kind.isCustom {
                throw .invalid(kind, body["metadata"]["name"].text ?? "", reading.faults.map(\.cause))
            }
            throw .badRequest(
                "\(kind.kind) in version \"\(kind.versions[0])\" cannot be handled as a \(kind.kind): \(fault.text)")
        }
        if isStrict, !reading.unknown.isEmpty {
            let fields = reading.unknown.sorted().map { "unknown field \"\($0)\"" }.joined(separator: ", ")
            throw .badRequest(
                kind.isCustom
                    ? "strict decoding error: \(fields)"
                    : "\(kind.kind) in version \"\(kind.versions[0])\" cannot be handled as a \(kind.kind): strict decoding error: \(fields)"
            )
        }
        return value
    }

    private struct Fault {
        var path: String
        var value: JSON
        var expected: String

        var text: String {
            "json: cannot unmarshal \(value) into Go struct field \(path) of type \(expected)"
        }

        var cause: StatusError.Cause {
            StatusError.Cause(
                kind: .typeInvalid, field: path,
                text: "Invalid value: \(value): \(path) in body must be of type \(expected)")
        }
    }

    private struct Reading {
        var unknown: [String] = []
        var faults: [Fault] = []

        mutating func read(_ value: JSON, _ schema: Schema, _ path: String) -> JSON {
            if value.isNull { return value }
            switch (schema, value) {
            case (.any, _), (.string, .string), (.integer, .integer), (.boolean, .bool): return value
            case (.quantity, _) where Quantity(value) != nil: return value
            case (.time, .string(let text)) where Timestamp.isTime(text): return value
            case (.microTime, .string(let text)) where Timestamp.isMicroTime(text): return value
            case (.map(let inner), .object(let fields)):
                return .object(Dictionary(fields.map { ($0.key, read($0.value, inner, "\(path)[\($0.key)]")) }) { $1 })
            case (.list(let inner), .array(let items)):
                return .array(items.enumerated().map { read($0.element, inner, "\(path)[\($0.offset)]") })
            case (.object(let members), .object(let fields)):
                var known: [String: JSON] = [:]
                for (name, member) in fields {
                    let place = path.isEmpty ? name : "\(path).\(name)"
                    guard let schema = members[name] else {
                        unknown.append(place)
                        continue
                    }
                    let value = read(member, schema, place)
                    if !value.isNull { known[name] = value }
                }
                return .object(known)
            default:
                faults.append(Fault(path: path, value: value, expected: schema.words))
                return .null
            }
        }
    }

    private var words: String {
        switch self {
        case .any: "any"
        case .string: "string"
        case .integer: "integer"
        case .boolean: "boolean"
        case .quantity: "quantity"
        case .time: "date-time"
        case .microTime: "MicroTime (RFC 3339 with six digits after the second)"
        case .map, .object: "object"
        case .list: "array"
        }
    }
}

extension Schema: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, Schema)...) {
        self = .object(Dictionary(elements) { $1 })
    }
}
