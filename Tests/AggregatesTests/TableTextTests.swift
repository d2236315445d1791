import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// Text in fixed fields of the table comes back as it was, or cut at a character.
@Suite struct TableTextTests {
    @Test(arguments: ["", "a", "/system.slice/nginx.service", "größe", "漢字/🙂", "a b\"c\\d"])
    func textComesBackAsItWasWritten(text: String) {
        var field = hr_table_object().name
        #expect(TableText.write(text, to: &field))
        #expect(TableText.read(field) == text)
    }

    @Test func shorterTextLeavesNothingOfALongerOne() {
        var field = hr_table_object().name
        TableText.write("a long name of a map", to: &field)
        TableText.write("b", to: &field)
        #expect(TableText.read(field) == "b")
        let rest = unsafe withUnsafeBytes(of: field) { unsafe Array($0.dropFirst()) }
        #expect(rest.allSatisfy { $0 == 0 }, "nothing of an older text reaches a reader")
    }

    /// The field has 28 bytes: 27 of text.
    @Test(arguments: ["x", "é", "漢", "🙂"], 20...40)
    func tooLongTextIsCutBetweenCharactersAndEndsInZero(character: Character, count: Int) {
        let text = "ab" + String(repeating: character, count: count)
        var field = hr_table_object().name
        let isWhole = TableText.write(text, to: &field)
        let shown = TableText.read(field)
        #expect(isWhole == (text.utf8.count <= 27))
        #expect(text.hasPrefix(shown))
        #expect(isWhole ? shown == text : shown.utf8.count > 27 - character.utf8.count)
        #expect(shown.utf8.count <= 27)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func anyBytesReadAsSomeText(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var field = hr_table_object().name
        unsafe withUnsafeMutableBytes(of: &field) { raw in
            for index in raw.indices {
                unsafe raw[index] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        #expect(TableText.read(field).unicodeScalars.count <= 28)
    }

    @Test func fieldWithoutZeroIsReadWholeAndNoFurther() {
        var field = hr_table_object().name
        unsafe withUnsafeMutableBytes(of: &field) { raw in
            for index in raw.indices { unsafe raw[index] = UInt8(ascii: "n") }
        }
        #expect(TableText.read(field) == String(repeating: "n", count: 28))
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("tab\there", "tab\\x09here"), ("\r\n", "\\x0d\\x0a"),
        ("\u{1b}[31m", "\\x1b[31m"), ("\u{0}", "\\x00"), ("\u{7f}", "\\x7f"),
        ("\u{85}\u{9f}", "\\x85\\x9f"), ("\u{a0}é", "\u{a0}é"),
        ("a\u{202e}gnp", "a\\u{202e}gnp"), ("\u{2028}\u{200b}x", "\\u{2028}\\u{200b}x"),
        ("日本語 ščř \u{1f600}", "日本語 ščř \u{1f600}"),
    ])
    func controlCharactersAreWrittenOutAndNothingElseChanges(text: String, visible: String) {
        #expect(TableText.visible(text) == visible)
        #expect(TableText.visible(visible) == visible)
    }
}
