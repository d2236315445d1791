internal import ArgumentParser
internal import Connect
internal import FoundationEssentials

/// Headers of requests that are not for the command line, where everybody sees them.
enum HeadersFile {
    /// One `Name: value` a line, with either end of line. - Throws: what is wrong with which line; never what stands in it.
    static func read(_ path: String) throws -> [(name: String, value: String)] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ValidationError("--headers-file: \(path) cannot be read")
        }
        // CR LF is one Character, and no "\n".
        let lines = String(decoding: data, as: UTF8.self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var headers: [(name: String, value: String)] = []
        for (index, line) in lines.enumerated() where line.contains(where: { !$0.isWhitespace }) {
            func wrong(_ what: String) -> ValidationError {
                ValidationError("--headers-file: \(path):\(index + 1): \(what); expected `Name: value`")
            }
            guard let colon = line.firstIndex(of: ":") else { throw wrong("there is no colon") }
            let (name, value) = (line[..<colon], Self.trimmed(line[line.index(after: colon)...]))
            guard HeaderText.isName(name) else { throw wrong("what stands before the colon is no header's name") }
            guard HeaderText.isValue(value) else { throw wrong("there is a control character in the value") }
            headers.append((String(name), String(value)))
        }
        return headers
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return start[start.endIndex...] }
        return start[...last]
    }
}
