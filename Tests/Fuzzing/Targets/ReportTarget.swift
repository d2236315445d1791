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

    /// Whatever names are, the page has no tags but its own, and coordinates are numbers. On bytes: as text it takes longer than
    /// making the page.
    private static func demandSound(_ page: String) throws(Finding) {
        let bytes = Array(page.utf8)
        var tag: Int?
        var value: Int?
        var attribute = 0
        for (place, byte) in bytes.enumerated() {
            try demand(byte >= 0x20 || byte == 0x0A, "a control character at byte \(place)")
            guard let start = tag else {
                if byte == UInt8(ascii: "<") { tag = place }
                continue
            }
            if let from = value {
                guard byte == UInt8(ascii: "\"") else { continue }
                let allowed = allowed(bytes[attribute..<from - 2])
                if let allowed, !bytes[from..<place].allSatisfy({ allowed.contains($0) }) {
                    throw Finding(description: "no number: \(quote(bytes[start...place]))")
                }
                value = nil
                continue
            }
            switch byte {
            case UInt8(ascii: " "): attribute = place + 1
            case UInt8(ascii: "\""): value = place + 1
            case UInt8(ascii: "<"): throw Finding(description: "a tag in a tag: \(quote(bytes[start...place]))")
            case UInt8(ascii: ">"):
                let name = bytes[(start + 1)..<place].prefix { $0 != UInt8(ascii: " ") }
                let isKnown = tags.contains(quote(name.first == UInt8(ascii: "/") ? name.dropFirst() : name))
                try demand(isKnown, "a tag that is not the page's: \(quote(bytes[start...place]))")
                tag = nil
            default: break
            }
        }
        try demand(tag == nil, "the page ends within a tag")
    }

    private static func quote(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// What an attribute's value consists of; nil where it may be anything.
    private static func allowed(_ attribute: ArraySlice<UInt8>) -> [UInt8]? {
        switch (attribute.count, attribute.first) {
        case (1, UInt8(ascii: "d")): digits + Array("MLHVhvZ ".utf8)
        case (1, UInt8(ascii: "x")), (1, UInt8(ascii: "y")), (2, UInt8(ascii: "c")): digits
        default: nil
        }
    }

    private static let digits = Array("0123456789.-".utf8)
    private static let tags: Set<String> = [
        "!doctype", "html", "head", "meta", "link", "title", "style", "body", "h1", "h2", "h3", "p", "div", "b", "span", "svg", "path",
        "text", "rect", "circle", "i", "table", "tr", "th", "td", "bdi", "code",
    ]
}
