internal import Aggregates
internal import History
internal import JSON

/// Lines of docs/json-lines.md: `window`, and `minute` of `replay --minutes`. Lines of other types are passed over.
enum JSONLinesImport {
    /// What an import takes of a line.
    private struct Sample {
        var type = ""
        var time = Double.nan
        var duration = Double.nan
        var path: String?
        var id: UInt64 = 0
        var application: String?
        var means = InlineArray<6, Double>(repeating: .nan)
        var peaks = InlineArray<6, Double>(repeating: .nan)
    }

    private static let depth = 16
    private static let start = Array(#"{"type":""#.utf8)
    private static let window = Array(#"{"type":"window""#.utf8)
    private static let minute = Array(#"{"type":"minute""#.utf8)
    /// By name: the figure of a window, and the object of a minute.
    private static let windowFields = Resource.measured.map { Array($0.fieldName.utf8) }
    private static let minuteFields = Resource.measured.map { Array($0.name.utf8) }

    static func read(_ path: String, into feed: ImportFeed) throws {
        try ImportFeed.lines(of: path) { line, bytes in
            // As `run --json` writes them the type is first: most of what is not wanted needs no look.
            if bytes.starts(with: start), !bytes.starts(with: window), !bytes.starts(with: minute) {
                return feed.noteOther()
            }
            let sample: Sample
            do throws(JSONCursor.Malformed) {
                sample = try parse(bytes)
            } catch {
                return feed.refuse(
                    path, line,
                    "byte \(error.offset + 1): expected \(error.expected); a line is one JSON object, as `headroom run --json` writes it")
            }
            guard sample.type == "window" || sample.type == "minute" else { return feed.noteOther() }
            guard let cgroup = sample.path, HistoryImport.isPath(cgroup) else {
                return feed.refuse(
                    path, line,
                    "\"cgroup\": \"\(ImportFeed.excerpt((sample.path ?? "").utf8))\" is none; expected a path such as /system.slice")
            }
            guard sample.time > 0, sample.time < 9e9 else {
                return feed.refuse(path, line, "\"time_s\": \(sample.time) is no time; expected Unix seconds such as 1795831200")
            }
            // The end of a minute says how long it is.
            let length = sample.type == "minute" ? 60 : sample.duration
            guard length > 0, length <= 86_400 else {
                return feed.refuse(path, line, "\"duration_s\": \(length) is none; expected seconds such as 1")
            }
            let number = try feed.history.cgroup(cgroup, application: sample.application, id: sample.id)
            let end = Int64(sample.time * 1e9)
            var isSample = false
            for resource in Resource.measured {
                let mean = sample.means[Int(resource.rawValue)]
                let peak = sample.peaks[Int(resource.rawValue)]
                if mean.isNaN { continue }
                guard HistoryImport.isFigure(mean), peak.isNaN || HistoryImport.isFigure(peak) else {
                    return feed.refuse(path, line, "\"\(resource.fieldName)\": \(mean) is not within 0..<1e18")
                }
                isSample = true
                try feed.history.add(
                    number, resource, mean, peak: peak.isNaN ? nil : peak, from: end - Int64(length * 1e9), to: end)
            }
            if isSample { feed.note() }
        }
    }

    private static func parse(_ bytes: [UInt8]) throws(JSONCursor.Malformed) -> Sample {
        var cursor = JSONCursor(bytes)
        var sample = Sample()
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            if let index = windowFields.firstIndex(where: { cursor.bytes(key, are: $0) }) {
                sample.means[index] = try cursor.numberOrNull() ?? .nan
            } else if let index = minuteFields.firstIndex(where: { cursor.bytes(key, are: $0) }), cursor.peekIsObject {
                try figures(&cursor, index, &sample)
            } else {
                switch cursor.text(key) {
                case "type": sample.type = try cursor.string()
                case "time_s": sample.time = try cursor.number()
                case "duration_s": sample.duration = try cursor.number()
                case "cgroup": sample.path = try cursor.string()
                case "cgroup_id": sample.id = UInt64(exactly: try cursor.numberOrNull() ?? 0) ?? 0
                case "application": sample.application = try cursor.string()
                case "identity" where cursor.peekIsObject: try identity(&cursor, &sample)
                default: try cursor.skip(depth: depth)
                }
            }
        }
        try cursor.end()
        return sample
    }

    private static func figures(_ cursor: inout JSONCursor, _ index: Int, _ sample: inout Sample) throws(JSONCursor.Malformed) {
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch cursor.text(key) {
            case "mean": sample.means[index] = try cursor.numberOrNull() ?? .nan
            case "peak": sample.peaks[index] = try cursor.numberOrNull() ?? .nan
            default: try cursor.skip(depth: depth)
            }
        }
    }

    private static func identity(_ cursor: inout JSONCursor, _ sample: inout Sample) throws(JSONCursor.Malformed) {
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            if cursor.text(key) == "application" {
                sample.application = try cursor.string()
            } else {
                try cursor.skip(depth: depth)
            }
        }
    }
}
