/// The series of one answer, by the value of one label: flat, because there may be 250 000.
package struct SeriesTable: Sendable, Hashable {
    package struct Row: Sendable, Hashable {
        /// Into `names`; nil: the series does not have the label.
        package let name: Int?
        /// Into `points`.
        package let points: Range<Int>
    }

    package struct Point: Sendable, Hashable {
        /// Unix seconds, of a time that can be; so of what is read.
        package let time: Double
        /// May be NaN or infinite.
        package let value: Double

        package init(time: Double, value: Double) {
            self.time = time
            self.value = value
        }

        /// Furthest from 1970 that a time may be, seconds: nanoseconds, and a lead after them, have to fit into 64 bits.
        static let furthestTime = 9e9

        /// The value of `timestamp()`, Unix seconds; nil when it can be no time.
        package var valueAsTime: Double? { value.magnitude <= Self.furthestTime ? value : nil }

        /// The value of `count()`, up to `limit`; nil when it can be no count.
        package func valueAsCount(upTo limit: Int) -> Int? {
            value >= 0 ? Int(min(value, Double(limit))) : nil
        }
    }

    /// Distinct values of the label, in the order in which they came.
    package internal(set) var names: [String] = []
    package internal(set) var rows: [Row] = []
    package internal(set) var points: [Point] = []
    /// As Prometheus gives them: the answer may not be whole.
    package internal(set) var warnings: [String] = []
    /// Series of native histograms, which are left out.
    package internal(set) var histograms = 0

    package init() {}

    /// The first point, of an answer that is one number; nil of one that has none.
    package var single: Point? { points.first }

    package func points(of row: Row) -> ArraySlice<Point> { points[row.points] }
}
