/// A line of block characters, scaled to its own largest value.
package enum Sparkline {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The newest `width` values, right-aligned; a blank for what is not known.
    ///
    /// The line is scaled to `least` at least, so that noise near zero does not look like a mountain.
    package static func draw(_ values: [Float], width: Int, least: Float = 0) -> String {
        let shown = values.suffix(width)
        let top = shown.reduce(least) { $1 > $0 ? $1 : $0 }
        var line = String(repeating: " ", count: max(0, width - shown.count))
        for value in shown {
            guard !value.isNaN else {
                line.append(" ")
                continue
            }
            let level = top > 0 && top.isFinite ? Int(max(0, value) / top * 7.999) : 0
            line.append(blocks[min(7, level)])
        }
        return line
    }
}
