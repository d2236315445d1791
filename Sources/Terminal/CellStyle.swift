/// How a cell looks: one of the terminal's own colours, so that it suits the theme in use, and
/// attributes. A terminal without colour shows the attributes alone.
package struct CellStyle: Hashable, Sendable {
    /// The raw value is the SGR parameter; 0 is the terminal's default.
    package enum Colour: UInt8, Sendable {
        case standard = 0
        case red = 31
        case green, yellow, blue, magenta, cyan
        case grey = 90
    }

    package var colour = Colour.standard
    package var isBold = false
    package var isDim = false
    package var isReversed = false

    package init(
        _ colour: Colour = .standard, bold: Bool = false, dim: Bool = false, reversed: Bool = false
    ) {
        self.colour = colour
        isBold = bold
        isDim = dim
        isReversed = reversed
    }

    package static let plain = CellStyle()
    package static let bold = CellStyle(bold: true)
    package static let dim = CellStyle(dim: true)
    package static let reversed = CellStyle(reversed: true)

    package var reversed: CellStyle {
        var style = self
        style.isReversed = true
        return style
    }

    /// Parameters of the escape sequence that turns to this style from any other.
    func parameters(colour shown: Bool) -> String {
        var text = "0"
        if isBold { text += ";1" }
        if isDim { text += ";2" }
        if isReversed { text += ";7" }
        if shown, colour != .standard { text += ";\(colour.rawValue)" }
        return text
    }
}
