/// A place in a file: line and column, both from 1; columns count characters.
package struct YAMLMark: Hashable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A value of a YAML document, without anchors, aliases and tags, which are not taken.
package struct YAMLNode: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// `isPlain`: not in quotes and no block of text.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    package let content: Content
    /// Nil for what did not come from a file.
    package let mark: YAMLMark?

    package init(content: Content, mark: YAMLMark?) {
        self.content = content
        self.mark = mark
    }
}

/// One key of a mapping and its value.
package struct YAMLEntry: Hashable, Sendable {
    package let key: String
    package let mark: YAMLMark
    package let value: YAMLNode
}
