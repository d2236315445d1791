import Glibc
import Terminal
import Testing

@Suite struct CellWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｱ", 1), ("Ａ", 2), ("😀", 2), ("▁█", 2),
        ("한", 2), ("\u{1112}\u{1161}\u{11ab}", 2), ("a\u{200b}b", 2), ("…µ·─━", 5),
    ]) func textTakesSoManyCells(_ text: String, _ cells: Int) {
        #expect(CellWidth.of(text) == cells)
    }

    /// glibc's own table, of another year's Unicode than Swift's: what both know of must agree but
    /// for a few that were changed.
    @Test func agreesWithTheCLibrary() throws {
        let locale = unsafe newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
        let isThere = unsafe locale != nil
        try #require(isThere, "no C.UTF-8 locale")
        let before = unsafe uselocale(locale)
        defer {
            unsafe uselocale(before)
            unsafe freelocale(locale)
        }
        // Swift's Glibc does not show it.
        guard let symbol = unsafe dlsym(nil, "wcwidth") else {
            Issue.record("the C library has no wcwidth")
            return
        }
        let wcwidth = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
        var compared = 0
        var others: [String] = []
        for value in UInt32(0x20)...0x2ffff {
            guard let scalar = Unicode.Scalar(value), value < 0x7f || value > 0x9f else { continue }
            let cells = wcwidth(Int32(value))
            // -1: it knows nothing of that one.
            guard cells >= 0, scalar.properties.generalCategory != .unassigned else { continue }
            compared += 1
            if CellWidth.of(scalar) != Int(cells) { others.append(String(value, radix: 16)) }
        }
        #expect(compared > 100_000)
        #expect(others.count < 160, "\(others.count) of \(compared): \(others)")
    }
}
