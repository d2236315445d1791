import PrometheusAnswers

extension FuzzTarget {
    /// Answers of Prometheus, or of what stands in its place. What is taken is sound, can be worked with, and is the
    /// same once it was written and read.
    static let prometheusAnswer = FuzzTarget(name: "prometheus-answer", largest: 4096) { bytes in
        guard let table = try parse(bytes) else { return }
        try demand(Set(table.names).count == table.names.count || table.names.contains { $0.contains("\u{FFFD}") }, "a name twice")
        var end = 0
        for row in table.rows {
            try demand(row.points.lowerBound == end && row.points.upperBound <= table.points.count, "points \(row.points) of a row")
            end = row.points.upperBound
            if let name = row.name { try demand(table.names.indices.contains(name), "name \(name) of \(table.names.count)") }
        }
        for point in table.points {
            try demand(point.time.magnitude <= 9e9, "a time of \(point.time)")
            // What the planner of a fleet does with them.
            if let time = point.valueAsTime { _ = (Int64((time * 1e9).rounded()), Int(point.time - time)) }
            _ = Int64((point.time * 1_000).rounded())
            if let count = point.valueAsCount(upTo: 1_000) { try demand((0...1_000).contains(count), "a count of \(count)") }
        }
        guard let again = try parse(Array(written(table).utf8)) else {
            throw Finding(description: "refused once it was written: \(written(table))")
        }
        try demand(written(again) == written(table), "reads back otherwise: \(written(table))\n\(written(again))")
    }

    private static func parse(_ bytes: [UInt8]) throws -> SeriesTable? {
        do throws(PrometheusFailure) {
            guard case .success(let table) = try AnswerParser.parse(bytes, label: "application") else { return nil }
            return table
        } catch {
            try demand(error.kind == .unreadable && !error.description.isEmpty, "refused as \(error)")
            return nil
        }
    }

    private static func written(_ table: SeriesTable) -> String {
        let rows = table.rows.map { row in
            let metric = row.name.map { "\"application\":\(quoted(table.names[$0]))" } ?? ""
            let points = table.points(of: row).map { "[\($0.time),\"\(number($0.value))\"]" }
            return "{\"metric\":{\(metric)},\"values\":[\(points.joined(separator: ","))]}"
        }
        let warnings = table.warnings.map(quoted).joined(separator: ",")
        return "{\"status\":\"success\",\"warnings\":[\(warnings)],\"data\":{\"result\":[\(rows.joined(separator: ","))]}}"
    }

    private static func number(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
