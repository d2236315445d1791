internal import JSON

/// Reads an answer of Prometheus' HTTP API v1 in one pass over its bytes, without a tree of it.
///
/// Members may come in any order and unknown ones are skipped. Linear in the bytes; nothing is
/// allocated for a row but its points. Nesting is bounded, so no answer can exhaust the stack.
package struct AnswerParser {
    private static let depthLimit = 32

    private var cursor: JSONCursor
    private let label: [UInt8]
    private var table = SeriesTable()
    private var names: NameIndex
    private var status = ""
    private var errorType: String?
    private var error: String?
    private var hasResult = false

    package enum Answer {
        case success(SeriesTable)
        case error(type: String?, message: String)
    }

    /// - Parameter label: the one whose values name the rows.
    package static func parse(_ bytes: [UInt8], label: String) throws(PrometheusFailure) -> Answer {
        var parser = AnswerParser(
            cursor: JSONCursor(bytes), label: Array(label.utf8), names: NameIndex())
        do throws(JSONCursor.Malformed) {
            return try parser.answer()
        } catch {
            throw PrometheusFailure(
                .unreadable, "the answer is not JSON as Prometheus writes it: at byte \(error.offset): \(error.expected) expected")
        }
    }

    private init(cursor: JSONCursor, label: [UInt8], names: NameIndex) {
        self.cursor = cursor
        self.label = label
        self.names = names
    }

    private mutating func answer() throws(JSONCursor.Malformed) -> Answer {
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch cursor.text(key) {
            case "status": status = try cursor.string()
            case "data": try data()
            case "errorType": errorType = try cursor.string()
            case "error": error = try cursor.string()
            case "warnings": try warnings()
            default: try cursor.skip(depth: Self.depthLimit)
            }
        }
        try cursor.end()
        if status == "error" { return .error(type: errorType, message: error ?? "no reason given") }
        guard status == "success", hasResult else {
            throw JSONCursor.Malformed(offset: cursor.offset, expected: "\"status\" and \"data.result\"")
        }
        table.names = names.names
        return .success(table)
    }

    private mutating func warnings() throws(JSONCursor.Malformed) {
        guard try cursor.beginArrayOrNull() else { return }
        while try cursor.nextElement() { table.warnings.append(try cursor.string()) }
    }

    private mutating func data() throws(JSONCursor.Malformed) {
        guard cursor.peekIsObject else { return try cursor.skip(depth: Self.depthLimit) }
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch cursor.text(key) {
            case "result": try result()
            default: try cursor.skip(depth: Self.depthLimit)
            }
        }
    }

    /// A list of series, or, of a scalar, a pair.
    private mutating func result() throws(JSONCursor.Malformed) {
        hasResult = true
        guard try cursor.beginArrayOrNull() else { return }
        while try cursor.nextElement() {
            if cursor.peekIsObject {
                try row()
            } else {
                let time = try time()
                guard try cursor.nextElement() else {
                    throw JSONCursor.Malformed(offset: cursor.offset, expected: "a value")
                }
                let value = try cursor.quotedNumber()
                table.rows.append(.init(name: nil, points: table.points.count..<table.points.count + 1))
                table.points.append(.init(time: time, value: value))
            }
        }
    }

    private mutating func row() throws(JSONCursor.Malformed) {
        var name: Int?
        let first = table.points.count
        var isHistogram = false
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch cursor.text(key) {
            case "metric": name = try metric()
            case "value":
                try cursor.beginArray()
                try point()
            case "values":
                try cursor.beginArray()
                while try cursor.nextElement() {
                    try cursor.beginArray()
                    try point()
                }
            case "histogram", "histograms":
                isHistogram = true
                try cursor.skip(depth: Self.depthLimit)
            default: try cursor.skip(depth: Self.depthLimit)
            }
        }
        if isHistogram { table.histograms += 1 }
        if table.points.count > first {
            table.rows.append(.init(name: name, points: first..<table.points.count))
        }
    }

    private mutating func metric() throws(JSONCursor.Malformed) -> Int? {
        var name: Int?
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            let value = try cursor.token()
            guard cursor.bytes(key, are: label) else { continue }
            name =
                value.isEscaped
                ? names.place(of: Array(try cursor.unescaped(value).utf8)[...])
                : names.place(of: cursor.slice(value.range))
        }
        return name
    }

    private mutating func time() throws(JSONCursor.Malformed) -> Double {
        let start = cursor.offset
        let time = try cursor.number()
        guard time.magnitude <= SeriesTable.Point.furthestTime else {
            throw JSONCursor.Malformed(offset: start, expected: "a time in Unix seconds")
        }
        return time
    }

    /// `[time, "value"]`, its bracket already taken.
    private mutating func point() throws(JSONCursor.Malformed) {
        guard try cursor.nextElement() else {
            throw JSONCursor.Malformed(offset: cursor.offset, expected: "a time")
        }
        let time = try time()
        guard try cursor.nextElement() else {
            throw JSONCursor.Malformed(offset: cursor.offset, expected: "a value")
        }
        let value = try cursor.quotedNumber()
        guard try !cursor.nextElement() else {
            throw JSONCursor.Malformed(offset: cursor.offset, expected: "two elements")
        }
        table.points.append(.init(time: time, value: value))
    }
}
