/// A line of block characters, scaled to its own largest value.
enum Sparkline {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The newest `width` values, right-aligned.
    static func draw(_ values: [Double], width: Int) -> String {
        let shown = values.suffix(width)
        let top = shown.max() ?? 0
        let line = shown.map { value -> Character in
            guard top > 0, value.isFinite else { return blocks[0] }
            return blocks[min(7, max(0, Int(value / top * 7.999)))]
        }
        return String(repeating: " ", count: width - shown.count) + String(line)
    }
}
