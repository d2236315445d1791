internal import Capacity
internal import Glibc

/// The bytes of a file in order, through one buffer of 64 KiB.
struct ByteSource: ~Copyable {
    let path: String
    private let descriptor: CInt
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var position = 0
    private var end = 0
    private var atEnd = false

    init(path: String) throws(TraceError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TraceError(path: path, problem: .cannotOpen(.last("open", path)))
        }
    }

    deinit { close(descriptor) }

    /// The next byte, or `nil` at the end.
    @inline(__always)
    mutating func next() throws(TraceError) -> UInt8? {
        if position == end {
            try fill()
            if atEnd { return nil }
        }
        position += 1
        return buffer[position - 1]
    }

    /// The next byte, which stays; `nil` at the end.
    mutating func peek() throws(TraceError) -> UInt8? {
        if position == end { try fill() }
        return atEnd ? nil : buffer[position]
    }

    /// Whether the next bytes, which stay, are these two.
    mutating func begins(with first: UInt8, _ second: UInt8) throws(TraceError) -> Bool {
        if position == end { try fill() }
        return end - position > 1 && buffer[position] == first && buffer[position + 1] == second
    }

    /// Moves what is left of the buffer, or the next buffer, to `bytes`; empty at the end.
    mutating func take(into bytes: inout [UInt8]) throws(TraceError) {
        bytes.removeAll(keepingCapacity: true)
        if position == end { try fill() }
        if atEnd { return }
        bytes.append(contentsOf: buffer[position..<end])
        position = end
    }

    private mutating func fill() throws(TraceError) {
        guard !atEnd else { return }
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw TraceError(path: path, problem: .cannotRead(.last("read", path)))
            }
            position = 0
            end = count
            atEnd = count == 0
            return
        }
    }
}
