/// Lines of a file, gzip or not, in constant memory: one chunk of 64 KiB, one line at a time.
package struct LineReader: ~Copyable {
    /// Longest line that is accepted, in bytes.
    static let lineLimit = 65_536

    private var bytes: TraceBytes
    private let path: String
    private var buffer: [UInt8] = []
    private var position = 0
    private var end = 0
    private var atEnd = false
    /// Number of the line in `line`, from 1; 0 before the first.
    package private(set) var number = 0
    /// The current line without its line feed or CRLF.
    package private(set) var line: [UInt8] = []

    package init(path: String) throws(TraceError) {
        self.path = path
        bytes = try TraceBytes(path: path)
    }

    /// Moves to the next line; `false` at the end of the file.
    package mutating func advance() throws(TraceError) -> Bool {
        line.removeAll(keepingCapacity: true)
        var sawByte = false
        while true {
            if position == end {
                try fill()
                if atEnd { break }
            }
            sawByte = true
            var stop = position
            while stop < end && buffer[stop] != 0x0A { stop += 1 }
            line.append(contentsOf: buffer[position..<stop])
            guard line.count <= Self.lineLimit else {
                throw TraceError(
                    path: path,
                    line: number + 1,
                    problem: .lineTooLong(limit: Self.lineLimit)
                )
            }
            position = stop
            if stop < end {
                position += 1
                break
            }
        }
        guard sawByte else { return false }
        number += 1
        if line.last == 0x0D { line.removeLast() }
        return true
    }

    private mutating func fill() throws(TraceError) {
        guard !atEnd else { return }
        try bytes.take(into: &buffer)
        position = 0
        end = buffer.count
        atEnd = end == 0
    }
}
