package import Aggregates

/// Why a trace could not be read: the file, the line where it went wrong, and what was found.
package struct TraceError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Problem: Sendable, Hashable {
        /// `open` failed with this errno text.
        case cannotOpen(String)
        /// `read` failed with this errno text.
        case cannotRead(String)
        case empty
        /// The header is there and no row follows.
        case noSamples
        /// The file begins as gzip does and cannot be decompressed, because of this.
        case damagedGzip(String)
        case lineTooLong(limit: Int)
        /// The first column's name.
        case firstColumn(String)
        case duplicateColumn(String)
        case noKnownColumn
        case fieldCount(expected: Int, found: Int)
        case time(String)
        case timeOutOfRange(String)
        case timeNotIncreasing(previous: Int64, found: Int64)
        case notANumber(Resource, String)
        case notFinite(Resource, String)
        case negative(Resource, String)
    }

    package let path: String
    /// 1 for the header; 0 when the file as a whole is meant.
    package let line: Int
    package let problem: Problem

    package init(path: String, line: Int = 0, problem: Problem) {
        self.path = path
        self.line = line
        self.problem = problem
    }

    /// Without control characters: what stands in a trace does not move a terminal's cursor.
    package var description: String {
        TableText.visible((line > 0 ? "\(path):\(line): " : "\(path): ") + explanation)
    }

    private var explanation: String {
        switch problem {
        case .cannotOpen(let reason): "cannot be opened: \(reason)"
        case .cannotRead(let reason): "cannot be read: \(reason)"
        case .empty: "the file is empty; expected a header such as timestamp_s,cpu,memory"
        case .noSamples: "the header is not followed by any sample"
        case .damagedGzip(let reason): "the gzip file is damaged: \(reason); make it again"
        case .lineTooLong(let limit): "the line is longer than \(limit) bytes"
        case .firstColumn(let name):
            "the first column is \"\(name)\"; expected timestamp_s (integer seconds)"
        case .duplicateColumn(let name): "the header names column \"\(name)\" twice"
        case .noKnownColumn:
            "the header names no resource; expected at least one of "
                + Resource.allCases.map(\.name).joined(separator: ",")
        case .fieldCount(let expected, let found):
            "the row has \(found) fields, the header has \(expected)"
        case .time(let text):
            "column \"timestamp_s\": \"\(text)\" is not a time; expected integer seconds"
        case .timeOutOfRange(let text):
            "column \"timestamp_s\": \(text) is too far away for nanoseconds in 64 bits"
        case .timeNotIncreasing(let previous, let found):
            "column \"timestamp_s\": \(found) does not come after \(previous) in the row before"
        case .notANumber(let resource, let text):
            "column \"\(resource.name)\": \"\(text)\" is not a number; \(expected(resource))"
        case .notFinite(let resource, let text):
            "column \"\(resource.name)\": \"\(text)\" is not finite; \(expected(resource))"
        case .negative(let resource, let text):
            "column \"\(resource.name)\": \(text) is negative; \(expected(resource))"
        }
    }

    private func expected(_ resource: Resource) -> String {
        let unit =
            switch resource {
            case .cpu: "cores such as 0.25"
            case .memory: "bytes such as 268435456"
            case .networkReceive, .networkTransmit, .diskRead, .diskWrite:
                "bytes a second such as 1500"
            case .requests: "requests a second such as 12.5"
            }
        return "expected \(unit), or an empty cell for a missing sample"
    }
}
