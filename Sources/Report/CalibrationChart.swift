/// Forecast quantiles against how often peaks were within them: on the diagonal they are honest.
enum CalibrationChart {
    private static let size = 260.0
    private static let left = 44.0
    private static let top = 8.0

    /// - Parameters:
    ///   - scores: with the style of each one's points.
    ///   - title: for those who cannot see it.
    static func svg(_ scores: [(style: String, scores: [Calibration.Score])], title: String = "calibration") -> String {
        func x(_ value: Double) -> String { ReportText.fixed(left + value * size, 1) }
        func y(_ value: Double) -> String { ReportText.fixed(top + (1 - value) * size, 1) }
        var text =
            "<svg class=\"square\" viewBox=\"0 0 \(Int(left + size + 16)) \(Int(top + size + 40))\" role=\"img\" aria-label=\"\(ReportText.escaped(title))\">\n"
        for step in 0...4 {
            let share = Double(step) / 4
            text += "<path class=\"grid\" d=\"M\(x(0)) \(y(share))H\(x(1))M\(x(share)) \(y(0))V\(y(1))\"/>"
            text += "<text x=\"\(Int(left) - 6)\" y=\"\(y(share))\" dy=\"4\" text-anchor=\"end\">\(Int(share * 100))</text>"
            text += "<text x=\"\(x(share))\" y=\"\(Int(top + size) + 16)\" text-anchor=\"middle\">\(Int(share * 100))</text>"
        }
        text += "<text x=\"\(x(0.5))\" y=\"\(Int(top + size) + 34)\" text-anchor=\"middle\">quantile that was forecast, %</text>\n"
        text += "<path class=\"diagonal\" d=\"M\(x(0)) \(y(0))L\(x(1)) \(y(1))\"/>\n"
        for (style, scores) in scores {
            var path = ""
            for score in scores {
                guard let share = score.share else { continue }
                path += (path.isEmpty ? "M" : "L") + "\(x(score.quantile)) \(y(share))"
                let words =
                    "\(ReportText.percent(share)) of \(score.count) peaks were within the \(ReportText.percent(score.quantile, digits: 0)) quantile"
                text += "<circle class=\"\(style)\" cx=\"\(x(score.quantile))\" cy=\"\(y(share))\" r=\"4\"><title>\(words)</title></circle>"
            }
            text += "<path class=\"\(style)-line\" d=\"\(path)\"/>\n"
        }
        return text + "</svg>\n"
    }
}
