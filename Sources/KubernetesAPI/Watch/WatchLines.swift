internal import AsyncHTTPClient
internal import NIOCore
internal import NIOFoundationCompat

/// The lines of a watch's body, as they come. One task.
struct WatchLines {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var waiting = ByteBuffer()
    /// Bytes of `waiting` in which no end of a line was found.
    private var searched = 0
    private let limit: Int

    struct TooLong: Error {
        let limit: Int
    }

    /// - Parameter limit: of a line, bytes.
    init(_ body: HTTPClientResponse.Body, limit: Int) {
        self.body = body.makeAsyncIterator()
        self.limit = limit
    }

    /// The next whole line, without its end; nil when the server has ended the body. What stands
    /// there without an end was cut off, and is dropped.
    mutating func next() async throws -> ByteBuffer? {
        while true {
            let view = waiting.readableBytesView
            if let end = view[view.index(view.startIndex, offsetBy: searched)...].firstIndex(of: UInt8(ascii: "\n")) {
                let length = view.distance(from: view.startIndex, to: end)
                let line = waiting.readSlice(length: length)
                waiting.moveReaderIndex(forwardBy: 1)
                searched = 0
                if length == 0 { continue }
                return line
            }
            searched = waiting.readableBytes
            guard searched <= limit else { throw TooLong(limit: limit) }
            guard var part = try await body.next() else { return nil }
            waiting.discardReadBytes()
            waiting.writeBuffer(&part)
        }
    }
}
