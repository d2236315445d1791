internal import Aggregates
internal import Charts

/// Series over the report's time as one SVG. What is drawn has at most `columns` points: of each the highest, the
/// lowest or the mean of its minutes.
struct TimeChart {
    static let width = 960.0
    private static let left = 74.0
    private static let right = 8.0
    private static let columns = 480

    let first: UInt64
    let last: UInt64
    let height: Double
    /// The upper end of the scale.
    private(set) var limit: Double
    /// 1 024 where amounts are told in KiB and so on.
    private let base: Double
    private let unit: (Double) -> String
    private var body = ""

    /// - Parameter limit: of the scale, above 0.
    init(first: UInt64, last: UInt64, height: Double = 200, limit: Double, base: Double = 1_000, unit: @escaping (Double) -> String) {
        self.first = first
        self.last = max(last, first + 1)
        self.height = height
        self.limit = limit > 0 ? limit * 1.06 : 1
        self.base = base
        self.unit = unit
    }

    /// Points a minute in, one a column out; a column without any is a gap.
    static func condensed(
        _ points: [(time: UInt64, value: Double)], _ first: UInt64, _ last: UInt64,
        _ reduce: (Double, Double) -> Double
    ) -> [(column: Int, value: Double)] {
        let span = Double(max(1, last - first))
        var out: [(column: Int, value: Double)] = []
        for (time, value) in points where value.isFinite && time >= first && time <= last {
            let column = min(columns - 1, Int(Double(time - first) / span * Double(columns)))
            if let at = out.last, at.column == column {
                out[out.count - 1].value = reduce(at.value, value)
            } else {
                out.append((column, value))
            }
        }
        return out
    }

    private func x(_ column: Double) -> String {
        ReportText.fixed(Self.left + column / Double(Self.columns) * (Self.width - Self.left - Self.right), 1)
    }

    private func y(_ value: Double) -> String {
        ReportText.fixed(8 + (1 - min(max(value / limit, 0), 1)) * (height - 8), 1)
    }

    /// Columns that follow one another in less than so many are joined: minutes may be wider apart than columns.
    private func joins(_ points: [(column: Int, value: Double)]) -> Int {
        let span = Double(last - first) / 60e9
        return max(2, Int((Double(Self.columns) / max(1, span) * 2).rounded(.up)) + 1)
    }

    mutating func line(
        _ style: String, _ points: [(time: UInt64, value: Double)], isStepped: Bool = false, reduce: (Double, Double) -> Double = max
    ) {
        let columns = Self.condensed(points, first, last, reduce)
        let gap = joins(columns)
        var path = ""
        for (index, point) in columns.enumerated() {
            let isJoined = index > 0 && point.column - columns[index - 1].column <= gap
            let x = x(Double(point.column) + 0.5)
            if isJoined, isStepped { path += "H\(x)" }
            path += (isJoined ? "L" : "M") + "\(x) \(y(point.value))"
            if !isJoined { path += "h0.1" }
        }
        guard !path.isEmpty else { return }
        body += "<path class=\"\(style)\" d=\"\(path)\"/>\n"
    }

    /// Between two series of the same times.
    mutating func band(_ style: String, _ low: [(time: UInt64, value: Double)], _ high: [(time: UInt64, value: Double)]) {
        let lows = Self.condensed(low, first, last, min)
        let highs = Self.condensed(high, first, last, max)
        guard lows.count == highs.count else { return }
        let gap = joins(lows)
        var start = 0
        for index in lows.indices {
            let isEnd = index == lows.count - 1 || lows[index + 1].column - lows[index].column > gap
            guard isEnd else { continue }
            var path = ""
            for point in lows[start...index] { path += (path.isEmpty ? "M" : "L") + "\(x(Double(point.column) + 0.5)) \(y(point.value))" }
            for point in highs[start...index].reversed() { path += "L\(x(Double(point.column) + 0.5)) \(y(point.value))" }
            body += "<path class=\"\(style)\" d=\"\(path)Z\"/>\n"
            start = index + 1
        }
    }

    /// A mark on the time axis for each.
    mutating func marks(_ style: String, _ times: [UInt64]) {
        let columns = Set(Self.condensed(times.map { ($0, 1) }, first, last, max).map(\.column)).sorted()
        for column in columns {
            body +=
                "<rect class=\"\(style)\" x=\"\(x(Double(column)))\" y=\"\(ReportText.fixed(height - 5, 1))\" width=\"2.5\" height=\"5\"/>\n"
        }
    }

    /// The whole picture. - Parameter title: for those who cannot see it.
    func svg(title: String) -> String {
        var text = "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(height) + 24)\" role=\"img\" aria-label=\"\(ReportText.escaped(title))\">\n"
        for value in AxisTicks.values(upTo: limit, unit: base) {
            let at = y(value)
            text += "<path class=\"grid\" d=\"M\(Int(Self.left)) \(at)H\(Int(Self.width - Self.right))\"/>"
            text += "<text x=\"\(Int(Self.left) - 6)\" y=\"\(at)\" dy=\"4\" text-anchor=\"end\">\(unit(value))</text>"
        }
        let start = Int64(first / 1_000_000_000)
        let ticks = AxisTicks.times(from: start, to: Int64(last / 1_000_000_000), offset: ReportText.offset(at: start))
        let format = ticks.step % 86_400 == 0 ? "%a %d" : ticks.step >= 21_600 ? "%a %H:%M" : ticks.step % 60 == 0 ? "%H:%M" : "%H:%M:%S"
        for time in ticks.times {
            let nanoseconds = UInt64(time) * 1_000_000_000
            let share = Double(max(nanoseconds, first) - first) / Double(max(1, last - first))
            let at = x(Double(Self.columns) * share)
            text += "<path class=\"grid\" d=\"M\(at) \(Int(height))v4\"/>"
            text +=
                "<text x=\"\(at)\" y=\"\(Int(height) + 18)\" text-anchor=\"middle\">"
                + ReportText.time(nanoseconds, format: format) + "</text>"
        }
        return text + "\n" + body + "</svg>\n"
    }
}
