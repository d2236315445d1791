extension ValueKind where Value == Int64 {
    /// Seconds since midnight.
    static let timeOfDay = ValueKind(
        expected: "a time of day from 00:00 to 23:59, such as 02:00",
        parse: { node throws(Refusal) in
            let text = try node.text()
            let words = text.split(separator: ":", omittingEmptySubsequences: false)
            let isPlain = words.allSatisfy { word in
                word.utf8.count == 2
                    && word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
            guard words.count == 2, isPlain, let hour = Int64(words[0]), hour < 24,
                let minute = Int64(words[1]), minute < 60
            else { throw Refusal(reason: "\(Printable.quoted(text)) is no time of day") }
            return hour * 3_600 + minute * 60
        },
        show: { seconds in
            func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
            return .text("\(two(seconds / 3_600)):\(two(seconds / 60 % 60))")
        }
    )
}
