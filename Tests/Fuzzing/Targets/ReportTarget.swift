@testable import History
@testable import Report

extension FuzzTarget {
    /// Minutes of a history that are damaged, repeated, left out or of other times: `headroom report` makes a page of what can
    /// be read, in which names are text and pictures have numbers.
    static let report = FuzzTarget(name: "report", largest: 1024) { bytes in
        var input = FuzzInput(bytes)
        var frames = HistoryBytes.frames
        while !input.isEmpty {
            let place = Int(input.byte()) % frames.count
            switch input.byte() % 4 {
            case 0: frames.append(frames[place])
            case 1: frames[place].payload = Array(input.piece())
            default:
                let count = frames[place].payload.count
                let at = Int(input.byte()) % (count + 1)
                for (offset, byte) in input.bytes(1 + Int(input.byte() % 12)).enumerated() where at + offset < count {
                    frames[place].payload[at + offset] = byte
                }
            }
        }
        let data = read(HistoryBytes.file(frames))
        guard !data.isEmpty else { return }
        let page = ReportPage(data, policies: [], version: "1", madeNanoseconds: HistoryBytes.start).html
        try demandSound(page)
    }

    private static func read(_ bytes: [UInt8]) -> ReportData {
        var data = ReportData(span: 86_400_000_000_000)
        var frames = FrameCursor(bytes, from: HistoryFile.magic.count)
        var decoder = HistoryDecoder(range: 0...UInt64.max, file: HistoryFile(.coarse, 0, isClosed: false, byteCount: bytes.count))
        while let (kind, payload) = frames.next(), (try? decoder.take(kind, payload, &data)) == true {}
        return data
    }

    /// Whatever names are, the page has no tags but its own, and coordinates are numbers.
    private static func demandSound(_ page: String) throws(Finding) {
        let bytes = Array(page.utf8)
        var inTag = false
        var quoted = false
        var start = 0
        for (place, byte) in bytes.enumerated() {
            try demand(byte >= 0x20 || byte == 0x0A, "a control character at byte \(place)")
            switch byte {
            case UInt8(ascii: "<"):
                try demand(!inTag, "a tag in a tag at byte \(place)")
                inTag = true
                start = place
            case UInt8(ascii: "\"") where inTag: quoted.toggle()
            case UInt8(ascii: ">") where !quoted && inTag:
                inTag = false
                try demandOwn(bytes[start...place])
            default: break
            }
        }
        try demand(!inTag, "the page ends within a tag")
    }

    private static func demandOwn(_ tag: ArraySlice<UInt8>) throws(Finding) {
        let text = String(decoding: tag, as: UTF8.self)
        let name = text.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
        try demand(tags.contains(name.hasPrefix("/") ? name.dropFirst() : name), "a tag that is not the page's: \(text)")
        for (attribute, allowed) in coordinates {
            guard let from = text.firstRange(of: " \(attribute)=\"")?.upperBound else { continue }
            let value = text[from...].prefix { $0 != "\"" }
            try demand(value.unicodeScalars.allSatisfy { allowed.contains($0) }, "no number: \(text)")
        }
    }

    private static let tags: Set<Substring> = [
        "!doctype", "html", "head", "meta", "link", "title", "style", "body", "h1", "h2", "h3", "p", "div", "b", "span", "svg", "path",
        "text", "rect", "circle", "i", "table", "tr", "th", "td", "bdi", "code",
    ]
    private static let digits: Set<Unicode.Scalar> = Set("0123456789.-".unicodeScalars)
    private static let coordinates: [(String, Set<Unicode.Scalar>)] =
        [("d", digits.union("MLHVhvZ ".unicodeScalars))] + ["x", "y", "cx", "cy", "width", "height"].map { ($0, digits) }
}
