/// Builds the tree of a file's one document.
///
/// Complexity: linear in the file, and never deeper than `depthLimit`, whatever the file says.
package struct YAMLReader: ~Copyable {
    /// Levels of sections and lists; the configuration has four.
    package static let depthLimit = 8
    private var events: YAMLEvents
    private let depthLimit: Int

    private init(_ bytes: [UInt8], _ depthLimit: Int) {
        events = YAMLEvents(bytes)
        self.depthLimit = depthLimit
    }

    /// - Returns: nil when there is nothing but blanks and comments.
    package static func read(
        _ bytes: [UInt8], depthLimit: Int = depthLimit
    ) throws(YAMLRefusal) -> YAMLNode? {
        try YAMLText.check(bytes)
        var reader = YAMLReader(bytes, depthLimit)
        _ = try reader.events.next()
        guard case .documentStart = try reader.events.next().kind else { return nil }
        let root = try reader.node(try reader.events.next(), depth: 1, path: "")
        _ = try reader.events.next()
        let end = try reader.events.next()
        guard case .streamEnd = end.kind else {
            throw YAMLRefusal(reason: "a second document; expected one", mark: end.mark)
        }
        return root
    }

    private mutating func node(
        _ event: YAMLEvent,
        depth: Int,
        path: String
    ) throws(YAMLRefusal) -> YAMLNode {
        guard depth <= depthLimit else {
            throw YAMLRefusal(
                reason: "nested deeper than \(depthLimit) levels",
                key: path,
                mark: event.mark
            )
        }
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let isPlain): content = .scalar(text, isPlain: isPlain)
        case .sequenceStart: content = .sequence(try elements(depth, path))
        default: content = .mapping(try entries(depth, path))
        }
        return YAMLNode(content: content, mark: event.mark)
    }

    private mutating func elements(_ depth: Int, _ path: String) throws(YAMLRefusal) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return nodes }
            nodes.append(try node(event, depth: depth + 1, path: path))
        }
    }

    private mutating func entries(_ depth: Int, _ path: String) throws(YAMLRefusal) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return entries }
            guard case .scalar(let key, _) = event.kind else {
                throw YAMLRefusal(
                    reason: "a list or section as a key; expected a word",
                    key: path,
                    mark: event.mark
                )
            }
            let keyPath = path.isEmpty ? key : path + "." + key
            if let line = lines.updateValue(event.mark.line, forKey: key) {
                throw YAMLRefusal(
                    reason: "given twice, first on line \(line)",
                    key: keyPath,
                    mark: event.mark
                )
            }
            let value = try node(try events.next(), depth: depth + 1, path: keyPath)
            entries.append(YAMLEntry(key: key, mark: event.mark, value: value))
        }
    }
}
