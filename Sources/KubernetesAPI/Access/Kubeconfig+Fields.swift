internal import FoundationEssentials
internal import YAML

extension Kubeconfig {
    /// A mapping of a kubeconfig; knows where it stands, for errors. Keys that are not known are
    /// left alone: other programs keep things of theirs there.
    struct Fields {
        private let entries: [YAMLEntry]
        private let file: String
        private let place: String

        init(_ node: YAMLNode, _ file: String, _ place: String) throws(ClusterAccessError) {
            switch node.content {
            case .mapping(let entries): self.entries = entries
            case .scalar(let text, isPlain: true) where ["", "null", "~"].contains(text): entries = []
            default:
                let line = node.mark.map { ":\($0.line)" } ?? ""
                throw ClusterAccessError(file + line, "\(place.isEmpty ? "the file" : place) is no mapping")
            }
            self.file = file
            self.place = place
        }

        func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

        func refusal(_ key: String, _ reason: String) -> ClusterAccessError {
            let line = entries.first { $0.key == key }.map { ":\($0.mark.line)" } ?? ""
            return ClusterAccessError(file + line, "\(path(key)): \(reason)")
        }

        private func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

        private func node(_ key: String) -> YAMLNode? { entries.first { $0.key == key }?.value }

        /// Nil where the key is not there, or null.
        func text(_ key: String) throws(ClusterAccessError) -> String? {
            guard let node = node(key) else { return nil }
            guard case .scalar(let text, let isPlain) = node.content else {
                throw refusal(key, "a list or a mapping; expected one value")
            }
            return isPlain && ["null", "~", ""].contains(text) ? nil : text
        }

        func required(_ key: String) throws(ClusterAccessError) -> String {
            guard let text = try text(key), !text.isEmpty else {
                throw ClusterAccessError(file, "\(path(key)) is missing")
            }
            return text
        }

        func flag(_ key: String) throws(ClusterAccessError) -> Bool {
            switch try text(key) {
            case nil, "false"?: return false
            case "true"?: return true
            case let other?: throw refusal(key, "\"\(other)\"; expected true or false")
            }
        }

        func base64(_ key: String) throws(ClusterAccessError) -> [UInt8]? {
            guard let text = try text(key), !text.isEmpty else { return nil }
            guard let data = Data(base64Encoded: text.filter { !$0.isWhitespace }) else {
                throw refusal(key, "no base64; expected a PEM file encoded so")
            }
            return Array(data)
        }

        func section(_ key: String) throws(ClusterAccessError) -> Fields? {
            guard let node = node(key) else { return nil }
            return try Fields(node, file, path(key))
        }

        func list(_ key: String) throws(ClusterAccessError) -> [Fields] {
            var fields: [Fields] = []
            for (index, node) in try nodes(key).enumerated() {
                fields.append(try Fields(node, file, "\(path(key))[\(index)]"))
            }
            return fields
        }

        func texts(_ key: String) throws(ClusterAccessError) -> [String] {
            var texts: [String] = []
            for node in try nodes(key) {
                guard case .scalar(let text, _) = node.content else {
                    throw refusal(key, "a list or a mapping in it; expected values")
                }
                texts.append(text)
            }
            return texts
        }

        private func nodes(_ key: String) throws(ClusterAccessError) -> [YAMLNode] {
            guard let node = node(key) else { return [] }
            switch node.content {
            case .sequence(let nodes): return nodes
            case .scalar(let text, isPlain: true) where ["", "null", "~"].contains(text): return []
            default: throw refusal(key, "no list")
            }
        }
    }
}
