/// What a first pass over a trace tells: that it is well-formed, and its extent.
package struct TraceSummary: Sendable, Hashable {
    package let application: String
    package let rowCount: Int
    package let firstSeconds: Int64
    package let lastSeconds: Int64
    /// Median interval of the first 1 024 rows; 1 for a single row.
    package let stepSeconds: Int64
    package let ignoredColumns: [String]

    /// Scores start here: after two days or a quarter of the trace, whichever is less.
    package var burnInEndSeconds: Int64 {
        firstSeconds + min(172_800, (lastSeconds - firstSeconds) / 4)
    }

    /// Reads the whole trace once, in constant memory.
    package init(path: String) throws(TraceError) {
        var reader = try TraceReader(path: path)
        var rows = 0
        var first: Int64 = 0
        var last: Int64 = 0
        var intervals: [Int64] = []
        while let row = try reader.next() {
            if rows == 0 {
                first = row.timeSeconds
            } else if intervals.count < 1_024 {
                intervals.append(row.timeSeconds - last)
            }
            last = row.timeSeconds
            rows += 1
        }
        intervals.sort()
        application = reader.application
        rowCount = rows
        firstSeconds = first
        lastSeconds = last
        stepSeconds = intervals.isEmpty ? 1 : intervals[intervals.count / 2]
        ignoredColumns = reader.ignoredColumns
    }
}
