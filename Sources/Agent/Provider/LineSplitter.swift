/// Lines out of bytes as they come. Keeps at most one line of `limit` bytes; a longer one is
/// dropped whole and counted.
struct LineSplitter {
    private let limit: Int
    private var begun: [UInt8] = []
    private var isDropping = false
    private(set) var tooLong = 0

    init(limit: Int) { self.limit = limit }

    mutating func take(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end])
            if !isDropping, !begun.isEmpty { lines.append(begun) }
            begun.removeAll()
            isDropping = false
            rest = rest[(end + 1)...]
        }
        append(rest)
        return lines
    }

    private mutating func append(_ part: ArraySlice<UInt8>) {
        guard !isDropping else { return }
        guard begun.count + part.count <= limit else {
            begun.removeAll()
            isDropping = true
            tooLong += 1
            return
        }
        begun += part
    }
}
