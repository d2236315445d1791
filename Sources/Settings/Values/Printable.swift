/// Text from outside in messages: nothing that a terminal would act on, and no more than a line.
enum Printable {
    /// In quotes, cut after 60 characters.
    static func quoted(_ text: String) -> String {
        let start = String(text.prefix(60))
        let isCut = start.utf8.count < text.utf8.count
        return "\"\(escaped(start))\(isCut ? "…" : "")\""
    }

    /// A key path as it is, unless somebody made it unfit for a line.
    static func key(_ path: String) -> String {
        let escaped = escaped(path)
        return escaped == path && path.utf8.count <= 60 && !path.isEmpty ? path : quoted(path)
    }

    /// As in YAML's double quotes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                    .paragraphSeparator:
                    let digits = String(scalar.value, radix: 16)
                    result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
