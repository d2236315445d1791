/// What a file of the history is about: how many windows or minutes, and from when to when.
///
/// A closed file says it in its gzip header, so that nobody has to read all of it to know.
package struct HistoryExtent: HistoryVisitor, Sendable, Hashable {
    package private(set) var count = 0
    /// Ends of the first and the last, Unix nanoseconds.
    package private(set) var first: UInt64?
    package private(set) var last: UInt64?

    package init() {}

    package mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) { note(timeNanoseconds) }
    package mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) { note(timeNanoseconds) }

    private mutating func note(_ time: UInt64) {
        first = min(first ?? time, time)
        last = max(last ?? time, time)
        count += 1
    }

    mutating func add(_ other: HistoryExtent) {
        count += other.count
        if let time = other.first { first = min(first ?? time, time) }
        if let time = other.last { last = max(last ?? time, time) }
    }

    /// A frame, looked at no further than to its time.
    mutating func note(_ kind: FrameKind, _ payload: ByteCursor) {
        guard kind == .window || kind == .minute else { return }
        var cursor = payload
        if let time = cursor.time() { note(time) }
    }

    // MARK: As text

    private static let mark = "headroom-extent"

    /// `headroom-extent 149 1795815968408000000 1795816117408000000`; nil where there is nothing.
    var text: String? {
        guard let first, let last else { return nil }
        return "\(Self.mark) \(count) \(first) \(last)"
    }

    /// Nil when it is none.
    init?(text: String) {
        let words = text.split(separator: " ")
        guard words.count == 4, words[0] == Self.mark, let count = Int(words[1]), count > 0, count < 1 << 40,
            let first = UInt64(words[2]), let last = UInt64(words[3]), first <= last, last < HistoryNames.timeLimit
        else { return nil }
        self.count = count
        self.first = first
        self.last = last
    }
}
