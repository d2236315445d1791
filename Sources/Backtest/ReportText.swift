/// Numbers and names in reports.
enum ReportText {
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return "\(value)"
    }

    /// A JSON string; a file's name may hold anything.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// One line of a table: a name, wide figures, and narrow ones.
    static func row(_ name: String, _ cells: [String], _ narrow: [String]) -> String {
        var line = name + String(repeating: " ", count: max(1, 18 - name.count))
        for (index, cell) in (cells + narrow).enumerated() {
            let width = index < cells.count ? 14 : 9
            line += String(repeating: " ", count: max(1, width - cell.count)) + cell
        }
        return line + "\n"
    }

    static func fixed(_ value: Double?, places: Int) -> String {
        guard let value, value.isFinite, value.magnitude < 1e12 else { return "-" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let units = Int((value * Double(scale)).rounded())
        let digits = String(units % scale)
        return "\(units / scale)." + String(repeating: "0", count: places - digits.count) + digits
    }

    /// `19` for 19.0, `0.5` for 0.5.
    static func trimmed(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)"
    }
}
