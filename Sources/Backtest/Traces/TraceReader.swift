package import Aggregates
internal import Glibc

/// Streams a trace, row by row, in constant memory.
///
/// The format is DESIGN §9: comma-separated, `timestamp_s` first (integer seconds, increasing),
/// then any resource; an empty cell is a missing sample. A byte order mark, CRLF, blank lines at
/// the end and gzip are accepted; anything else that is off throws with file and line.
package struct TraceReader: ~Copyable {
    package let path: String
    /// The file's name without `.csv` or `.csv.gz`.
    package let application: String
    /// Resources of the header, in its order.
    package let resources: [Resource]
    /// Columns that were ignored, for a warning.
    package let ignoredColumns: [String]

    /// What no sample reaches; the history and imports have the same bound.
    private static let largest = 1e18
    /// From 1970, either way: in nanoseconds the distance of any two times, and a lead after each, fits into 64 bits.
    private static let furthestSeconds: UInt64 = 4_600_000_000
    private var lines: LineReader
    /// Of the row that was read last.
    package var lineNumber: Int { lines.number }
    /// Resource of each field after the time; `nil` for an ignored one.
    private let columns: [Resource?]
    private var previousSeconds: Int64?

    package init(path: String) throws(TraceError) {
        // Read twice, a pipe would be empty the second time. Opening says why what is not there or not allowed cannot be read.
        var found = stat()
        let isStream = unsafe stat(path, &found) == 0 && [S_IFIFO, S_IFCHR, S_IFSOCK].contains(found.st_mode & S_IFMT)
        if isStream { throw TraceError(path: path, problem: .notAFile) }
        var lines = try LineReader(path: path)
        let hasHeader = try lines.advance()
        guard hasHeader else { throw TraceError(path: path, problem: .empty) }
        let header = try TraceHeader(line: lines.line, path: path)
        columns = header.columns
        resources = header.columns.compactMap { $0 }
        ignoredColumns = header.ignored
        self.path = path
        application = Self.applicationName(path)
        self.lines = lines
    }

    /// The next row, or `nil` at the end. A trace without any row is an error.
    package mutating func next() throws(TraceError) -> TraceRow? {
        var blankLine = 0
        while try lines.advance() {
            guard !lines.line.isEmpty else {
                if blankLine == 0 { blankLine = lines.number }
                continue
            }
            if blankLine > 0 {
                throw fault(
                    .fieldCount(expected: columns.count + 1, found: 0),
                    line: blankLine
                )
            }
            return try row()
        }
        if previousSeconds == nil { throw TraceError(path: path, problem: .noSamples) }
        return nil
    }

    private mutating func row() throws(TraceError) -> TraceRow {
        let line = lines.line
        var separators = 0
        for byte in line where byte == 0x2C { separators += 1 }
        guard separators == columns.count else {
            throw fault(.fieldCount(expected: columns.count + 1, found: separators + 1))
        }
        var start = 0
        var row = TraceRow(timeSeconds: try time(field(line, &start)))
        for column in columns {
            let text = field(line, &start)
            guard let column, !text.isEmpty else { continue }
            row[column] = try value(text, column)
        }
        return row
    }

    /// The trimmed field that begins at `start`, which moves behind its comma.
    private func field(_ line: [UInt8], _ start: inout Int) -> ArraySlice<UInt8> {
        var stop = start
        while stop < line.count && line[stop] != 0x2C { stop += 1 }
        defer { start = min(stop + 1, line.count) }
        return Self.trimmed(line[start..<stop])
    }

    private mutating func time(_ field: ArraySlice<UInt8>) throws(TraceError) -> Int64 {
        let text = Self.excerpt(field)
        let digits = field.first == 0x2D ? field.dropFirst() : field
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw fault(.time(text))
        }
        guard let seconds = Int64(String(decoding: field, as: UTF8.self)), seconds.magnitude <= Self.furthestSeconds
        else { throw fault(.timeOutOfRange(text)) }
        if let previous = previousSeconds, seconds <= previous {
            throw fault(.timeNotIncreasing(previous: previous, found: seconds))
        }
        previousSeconds = seconds
        return seconds
    }

    private func value(
        _ field: ArraySlice<UInt8>,
        _ resource: Resource
    ) throws(TraceError) -> Double {
        guard let value = DecimalNumber.parse(field) else {
            throw fault(.notANumber(resource, Self.excerpt(field)))
        }
        guard value.isFinite else { throw fault(.notFinite(resource, Self.excerpt(field))) }
        guard value >= 0 else { throw fault(.negative(resource, Self.excerpt(field))) }
        guard value < Self.largest else { throw fault(.tooLarge(resource, Self.excerpt(field))) }
        return value
    }

    private func fault(_ problem: TraceError.Problem, line: Int? = nil) -> TraceError {
        TraceError(path: path, line: line ?? lines.number, problem: problem)
    }

    /// At most 40 characters of a cell: what came from outside does not flood a terminal.
    private static func excerpt(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix(40), as: UTF8.self)
    }

    static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = field
        while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
        return rest
    }

    private static func applicationName(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let plain = name.hasSuffix(".csv.gz") ? String(name.dropLast(3)) : name
        return plain.hasSuffix(".csv") ? String(plain.dropLast(4)) : plain
    }
}
