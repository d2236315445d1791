internal import Aggregates
internal import Charts

/// A picture of panels, one below the other, over the same time. It brings its own background
/// and follows the viewer's light or dark scheme.
struct SVGPage: ~Copyable {
    static let left = 76.0
    static let width = 1_000.0
    static let panelHeight = 190.0
    private static let panelPitch = 262.0
    private static let head = 62.0

    let firstSeconds: Int64
    let lastSeconds: Int64
    private var file: OutputFile

    /// Opens `path` and writes all that comes before the first panel.
    init(
        path: String,
        name: String,
        subject: String,
        panels: Int,
        firstSeconds: Int64,
        lastSeconds: Int64
    ) throws(BacktestError) {
        var file = try OutputFile(path: path)
        let height = Self.head + Self.panelPitch * Double(panels)
        let name = SVGText.escaped(name)
        try file.write(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1100 \(SVGText.number(height))" \
            role="img" font-family="system-ui, sans-serif" font-size="12">
            <title>\(name): \(SVGText.escaped(subject))</title>
            <style>
            .back { fill: #ffffff } text { fill: #1f2328 } \
            .grid { stroke: #d0d7de; fill: none } \
            .demand { stroke: #1f2328; fill: none; stroke-width: 1.2 } \
            .band { fill: #54aeff; fill-opacity: .35 } \
            .line { stroke: #0969da; fill: none; stroke-width: 1.4 } .miss { fill: #cf222e }
            @media (prefers-color-scheme: dark) { .back { fill: #0d1117 } text { fill: #e6edf3 } \
            .grid { stroke: #30363d } .demand { stroke: #e6edf3 } .band { fill: #1f6feb } \
            .line { stroke: #58a6ff } .miss { fill: #ff7b72 } }
            </style>
            <rect class="back" width="100%" height="100%"/>
            <text x="\(SVGText.number(Self.left))" y="24" font-size="16">\(name)</text>

            """
        )
        self.firstSeconds = firstSeconds
        self.lastSeconds = lastSeconds
        self.file = file
    }

    mutating func write(_ text: String) throws(BacktestError) { try file.write(text) }

    consuming func finish() throws(BacktestError) {
        try file.write("</svg>\n")
        try file.finish()
    }

    /// The upper edge of panel `index`.
    static func top(of index: Int) -> Double { head + panelPitch * Double(index) + 24 }

    /// Title, grid and times of one panel that shows `0...limit`.
    mutating func axes(
        title: String,
        resource: Resource,
        limit: Double,
        top: Double
    ) throws(BacktestError) {
        let bottom = top + Self.panelHeight
        try file.write(
            "<text x=\"\(SVGText.number(Self.left))\" y=\"\(SVGText.number(top - 7))\">"
                + "\(SVGText.escaped(title))</text>\n"
        )
        for value in AxisTicks.values(upTo: limit, unit: resource == .memory ? 1_024 : 1_000) {
            let y = SVGText.number(bottom - (limit > 0 ? value / limit : 0) * Self.panelHeight)
            try file.write(
                "<path class=\"grid\" d=\"M\(SVGText.number(Self.left)) \(y)h1000\"/>"
                    + "<text x=\"70\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(SVGText.quantity(value, resource))</text>\n"
            )
        }
        let ticks = AxisTicks.times(from: firstSeconds, to: lastSeconds)
        for seconds in ticks.times {
            let share = Double(seconds - firstSeconds) / Double(max(1, lastSeconds - firstSeconds))
            let x = SVGText.number(Self.left + share * Self.width)
            try file.write(
                "<path class=\"grid\" d=\"M\(x) \(SVGText.number(bottom))v4\"/>"
                    + "<text x=\"\(x)\" y=\"\(SVGText.number(bottom + 18))\" text-anchor=\"middle\">"
                    + "\(SVGText.time(seconds, step: ticks.step))</text>\n"
            )
        }
    }

    /// A line through `points`, broken where more than `gap` columns lie between two.
    mutating func line(
        _ style: String,
        _ columns: [Int],
        _ points: [String],
        gap: Int
    ) throws(BacktestError) {
        var path = ""
        for index in columns.indices {
            let joins = index > 0 && columns[index] - columns[index - 1] <= gap
            path += (joins ? "L" : "M") + points[index]
        }
        try file.write("<path class=\"\(style)\" d=\"\(path)\"/>\n")
    }
}
