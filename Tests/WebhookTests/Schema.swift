import Foundation
import YAML

/// As much of JSON Schema as deploy/webhook/openapi.yaml uses; what it does not know fails.
struct Schema {
    let root: YAMLNode

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("deploy/webhook/openapi.yaml")
        guard let root = try YAMLReader.read(Array(Data(contentsOf: file)), depthLimit: 32) else { throw TestError("empty") }
        self.root = root
    }

    func node(_ path: String...) throws -> YAMLNode {
        try path.reduce(root) { node, key in
            guard let next = Self.entries(node).first(where: { $0.key == key }) else { throw TestError("no \(key)") }
            return next.value
        }
    }

    static func entries(_ node: YAMLNode) -> [YAMLEntry] {
        if case .mapping(let entries) = node.content { entries } else { [] }
    }

    static func text(_ node: YAMLNode) -> String {
        if case .scalar(let text, _) = node.content { text } else { "" }
    }

    static func list(_ node: YAMLNode) -> [YAMLNode] {
        if case .sequence(let nodes) = node.content { nodes } else { [] }
    }

    /// Why `value` is not what the schema of that name says; empty when it is.
    func complaints(_ value: Any, as name: String) throws -> [String] {
        try complaints(value, node("components", "schemas", name), name)
    }

    private func complaints(_ value: Any, _ schema: YAMLNode, _ place: String) throws -> [String] {
        var found: [String] = []
        let object = value as? [String: Any]
        let known = Set(
            Self.entries(schema).first { $0.key == "properties" }.map { Self.entries($0.value).map(\.key) } ?? [])
        for entry in Self.entries(schema) {
            switch entry.key {
            case "$ref": found += try complaints(value, as: String(Self.text(entry.value).split(separator: "/").last ?? ""))
            case "description": break
            case "type": if !Self.isA(value, Self.text(entry.value)) { found.append("\(place) is no \(Self.text(entry.value))") }
            case "enum":
                let allowed = Self.list(entry.value).map(Self.text)
                if !allowed.contains("\(value)") { found.append("\(place) is \(value), not one of \(allowed)") }
            case "minimum":
                if let number = value as? Double, number < Double(Self.text(entry.value))! { found.append("\(place) is \(number)") }
            case "required":
                for name in Self.list(entry.value).map(Self.text) where object?[name] == nil { found.append("\(place).\(name) is missing") }
            case "properties":
                for property in Self.entries(entry.value) {
                    guard let member = object?[property.key] else { continue }
                    found += try complaints(member, property.value, "\(place).\(property.key)")
                }
            case "additionalProperties":
                for name in (object ?? [:]).keys where !known.contains(name) { found.append("\(place).\(name) is not in the schema") }
            case "items":
                for (index, item) in (value as? [Any] ?? []).enumerated() {
                    found += try complaints(item, entry.value, "\(place)[\(index)]")
                }
            case "oneOf":
                let fitting = try Self.list(entry.value).count { try complaints(value, $0, place).isEmpty }
                if fitting != 1 { found.append("\(place) fits \(fitting) of oneOf") }
            default: throw TestError("\(place): \(entry.key) is not known to this test")
            }
        }
        return found
    }

    private static func isA(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "number": value is Double
        case "integer": (value as? Double).map { $0 == $0.rounded() } ?? false
        default: false
        }
    }
}
