/// Cuts a stream of bytes into lines, whatever parts it comes in. A value; one task.
///
/// Complexity: each byte is looked at once and moved once, however small the parts are.
package struct LineBuffer: Sendable {
    private var bytes: [UInt8] = []
    /// Bytes before this were handed out.
    private var start = 0
    /// No end of a line lies before this.
    private var searched = 0
    private let limit: Int

    package struct TooLong: Error, Sendable, CustomStringConvertible {
        let limit: Int

        package var description: String { "a line of more than \(limit) bytes" }
    }

    /// - Parameter limit: of a line, bytes; a part may be larger.
    package init(limit: Int) { self.limit = limit }

    package mutating func append(_ part: some Collection<UInt8>) {
        // What was handed out goes before more comes, so no more than a line and a part is kept.
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: part)
    }

    /// The next whole line that is not empty, without its end; nil until more comes.
    /// - Throws: when the line under way is too long already.
    package mutating func next() throws(TooLong) -> ArraySlice<UInt8>? {
        while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[start..<end]
            start = end + 1
            searched = start
            guard line.count <= limit else { throw TooLong(limit: limit) }
            if !line.isEmpty { return line }
        }
        searched = bytes.count
        guard searched - start <= limit else { throw TooLong(limit: limit) }
        return nil
    }
}
