internal import ArgumentParser
internal import FoundationEssentials

/// Headers of requests that are not for the command line, where everybody sees them.
enum HeadersFile {
    /// One `Name: value` a line.
    static func read(_ path: String) throws -> [(name: String, value: String)] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ValidationError("--headers-file: \(path) cannot be read")
        }
        return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            guard let colon = line.firstIndex(of: ":") else {
                throw ValidationError("--headers-file: \(path): a line without a colon; expected `Name: value`")
            }
            return (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
    }
}
