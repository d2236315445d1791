/// Something typed.
package enum Key: Hashable, Sendable {
    case character(Unicode.Scalar)
    case enter, escape, backspace, tab, backTab, delete, insert
    case up, down, left, right, pageUp, pageDown, home, end
    case function(Int)
    /// Ctrl with a letter, `a`...`z`.
    case control(Unicode.Scalar)
    /// A sequence that no name is known for.
    case unknown
}
