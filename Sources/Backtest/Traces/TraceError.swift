package import Aggregates
package import Capacity

/// Why a trace could not be read: the file, the line where it went wrong, and what was found.
package struct TraceError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Problem: Sendable, Hashable {
        case cannotOpen(FileError)
        case cannotRead(FileError)
        /// A pipe or a device: traces are read twice.
        case notAFile
        /// Good as a file and of no use to who reads it, because of this.
        case unusable(String)
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
        case tooLarge(Resource, String)
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

    /// Whether another user might read it.
    package var isPermission: Bool {
        switch problem {
        case .cannotOpen(let error), .cannotRead(let error): error.isPermission
        default: false
        }
    }

    /// Without control characters: what stands in a trace does not move a terminal's cursor.
    package var description: String {
        TableText.visible((line > 0 ? "\(path):\(line): " : "\(path): ") + explanation)
    }

    private var explanation: String {
        switch problem {
        case .cannotOpen(let error): "cannot be opened: \(error.reason)"
        case .cannotRead(let error): "cannot be read: \(error.reason)"
        case .notAFile: "is no file but a pipe or a device, and a trace is read twice; save it to a file first"
        case .unusable(let reason): reason
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
            "column \"timestamp_s\": \(text) is too far away for nanoseconds in 64 bits; expected Unix seconds within "
                + "-4600000000...4600000000 (the years 1824 to 2115)"
        case .timeNotIncreasing(let previous, let found):
            "column \"timestamp_s\": \(found) does not come after \(previous) in the row before"
        case .notANumber(let resource, let text):
            "column \"\(resource.name)\": \"\(text)\" is not a number; \(expected(resource))"
        case .notFinite(let resource, let text):
            "column \"\(resource.name)\": \"\(text)\" is not finite; \(expected(resource))"
        case .negative(let resource, let text):
            "column \"\(resource.name)\": \(text) is negative; \(expected(resource))"
        case .tooLarge(let resource, let text):
            "column \"\(resource.name)\": \(text) is more than there is; expected less than 1e18"
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
